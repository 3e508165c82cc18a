import { finalCommandStates } from "@sightline/contracts/command-states";
import {
  commandTable,
  type CommandAck,
  type CommandKind,
  type CommandMessage,
} from "@sightline/contracts/commands";
import { DomainError } from "@sightline/contracts/errors";
import { isId, thingName } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import { topics } from "@sightline/contracts/topics";
import { deviceIsOnline } from "../presence/presence.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { pollUntil } from "../stream/wait.ts";
import type { Command } from "./command.ts";

type CommandDeps = Pick<Deps, "installation" | "store" | "gateway" | "clock" | "ids" | "signals">;

export interface NewCommand {
  readonly device: string;
  readonly kind: CommandKind;
  /** Already valid for the kind. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly afterRevision?: number | undefined;
  readonly ttlMs?: number | undefined;
}

/**
 * Stores a command for one device, then publishes it once when the device is online; else it goes out with the next hello.
 * Delivery is at least once; the agent carries it out at most once.
 */
export async function createCommand(
  deps: CommandDeps,
  actor: Actor,
  input: NewCommand,
): Promise<Command> {
  const nowMs = deps.clock.nowMs();
  const ttlMs = Math.min(input.ttlMs ?? commandTable[input.kind].ttlMs, limits.commandTtlMsMax);
  const command: Command = {
    organization: actor.organization,
    device: input.device,
    id: deps.ids.next("command"),
    kind: input.kind,
    args: input.args,
    ...(input.afterRevision !== undefined && { afterRevision: input.afterRevision }),
    state: "queued",
    issuedBy: actor.name,
    requestId: actor.requestId,
    issuedAtMs: nowMs,
    expiresAtMs: nowMs + ttlMs,
    changedAtMs: nowMs,
  };
  // An earlier try of this very request, which died half-way, has the same id.
  const stored = (await deps.store.commands.create(command)) ?? command;
  if (stored.state !== "queued") return stored;
  if (!(await deviceIsOnline(deps, actor.organization, input.device))) return stored;
  return sendCommand(deps, stored);
}

/** Publishes a command that has not ended. The state is `sent` before the device can have answered. */
export async function sendCommand(deps: CommandDeps, command: Command): Promise<Command> {
  const nowMs = deps.clock.nowMs();
  if (command.expiresAtMs <= nowMs) return expireCommand(deps, command);
  const sent: Command = { ...command, state: "sent", changedAtMs: nowMs };
  if (command.state === "queued" && !(await deps.store.commands.transition(sent, ["queued"])))
    return command;
  const { installation } = deps;
  const thing = thingName(installation, command.device);
  const message: CommandMessage = {
    v: 1,
    id: command.id,
    kind: command.kind,
    args: { ...command.args },
    ...(command.afterRevision !== undefined && { afterRevision: command.afterRevision }),
    issuedAtMs: command.issuedAtMs,
    expiresAtMs: command.expiresAtMs,
    ttlMs: command.expiresAtMs - nowMs,
    requestId: command.requestId,
  };
  await deps.gateway.publish(
    topics.build({ family: "cmd", ...installation, thing, leaf: command.id }),
    message,
  );
  return command.state === "queued" ? sent : command;
}

/**
 * After a hello: everything that nobody has taken goes out again. What was taken does not: its box tells the end by itself, and
 * another one, which has the same identity but not the journal, would carry it out a second time.
 */
export async function resendPending(deps: CommandDeps, device: string): Promise<void> {
  for (const command of await deps.store.commands.pending(device))
    if (command.state !== "acknowledged") await sendCommand(deps, command);
}

/** @throws DomainError command.not-found */
export async function getCommand(
  deps: Pick<Deps, "store">,
  organization: string,
  { device, id }: { readonly device: string; readonly id: string },
): Promise<Command> {
  const command = isId("command", id) ? await deps.store.commands.get(device, id) : undefined;
  if (!command || command.organization !== organization)
    throw new DomainError("command.not-found", `there is no command ${id}`);
  return command;
}

/** Only what no device has taken yet can be cancelled. @throws DomainError command.not-found | command.finished */
export async function cancelCommand(
  deps: CommandDeps,
  organization: string,
  key: { readonly device: string; readonly id: string },
): Promise<Command> {
  const command = await getCommand(deps, organization, key);
  const next: Command = { ...command, state: "cancelled", changedAtMs: deps.clock.nowMs() };
  if (await deps.store.commands.transition(next, ["queued", "sent"])) {
    deps.signals.notify(command.id);
    return next;
  }
  throw new DomainError("command.finished", "the device has taken the command already", {
    hint: "get the command to see how far it is",
  });
}

/** The device did not take it in time. Returns the command as it then stands. */
export async function expireCommand(deps: CommandDeps, command: Command): Promise<Command> {
  const next: Command = {
    ...command,
    state: "expired",
    error: { code: "command.expired", text: "the device did not answer in time" },
    changedAtMs: deps.clock.nowMs(),
  };
  if (!(await deps.store.commands.transition(next, ["queued", "sent", "acknowledged"])))
    return (await deps.store.commands.get(command.device, command.id)) ?? command;
  deps.signals.notify(command.id);
  return next;
}

/** Takes a device's word on its command; a repeated word changes nothing, a late one is kept beside the end. */
export async function takeAck(
  deps: CommandDeps,
  device: { readonly organization: string; readonly id: string },
  ack: CommandAck,
): Promise<void> {
  // A command has four states in a row at most: somebody else can be first three times.
  for (let attempt = 0; attempt < 4; attempt += 1) {
    const command = await deps.store.commands.get(device.id, ack.id);
    if (!command || command.organization !== device.organization) return;
    const next = commandAfter(command, ack, deps.clock.nowMs());
    if (!next || (await deps.store.commands.transition(next, [command.state]))) break;
  }
  deps.signals.notify(ack.id);
}

/** Undefined when the word changes nothing. Pure. */
function commandAfter(command: Command, ack: CommandAck, nowMs: number): Command | undefined {
  const { v: _, id: __, ...word } = ack;
  if (finalCommandStates.has(command.state)) {
    const isLate = command.state === "expired" || command.state === "cancelled";
    return isLate && word.state !== "acknowledged" ? { ...command, lateResult: word } : undefined;
  }
  if (word.state === command.state) return undefined;
  return {
    ...command,
    state: word.state,
    changedAtMs: nowMs,
    ...(word.result && { result: word.result }),
    ...(word.code !== undefined && { error: { code: word.code, text: word.text ?? "" } }),
  };
}

/** Waits for the end of a command; returns it as it then stands. An offline device is not waited for. */
export async function waitForCommand(
  deps: CommandDeps,
  command: Command,
  timeoutMs: number,
): Promise<Command> {
  if (command.state === "queued" || timeoutMs <= 0) return command;
  let last = command;
  const look = async (): Promise<Command | undefined> => {
    last = (await deps.store.commands.get(command.device, command.id)) ?? last;
    return finalCommandStates.has(last.state) ? last : undefined;
  };
  await pollUntil(deps, { id: command.id, timeoutMs }, look);
  return last;
}
