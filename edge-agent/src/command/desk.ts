/**
 * Takes commands: at least once delivered, at most once carried out.
 *
 * The id is on disk before anything happens and the outcome before anybody hears of it. A command that comes again gets the answer
 * that it got; one that was running when the agent died has failed with `command.outcome-unknown`.
 */
import {
  CommandMessage,
  commandTable,
  isCommandKind,
  type CommandAck,
  type CommandKind,
} from "@sightline/contracts/commands";
import { DomainError, isDomainError, type ErrorCode } from "@sightline/contracts/errors";
import { CommandId } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import type { BoxClock, ServerClock } from "../clock.ts";
import { isFull } from "../file.ts";
import { log, reasonOf } from "../log.ts";
import { parseJson } from "../json.ts";
import type { CommandHistory } from "./history.ts";

export interface DeskDeps {
  readonly history: CommandHistory;
  readonly nowMs: BoxClock;
  readonly clock: ServerClock;
  readonly acknowledge: (ack: CommandAck) => Promise<void>;
  readonly isMember: (stream: string) => boolean;
  /** Newest revision of the stream that was carried out or refused; 0 for none. */
  readonly answered: (stream: string) => number;
  /** @throws DomainError */
  readonly carryOut: (kind: CommandKind, args: unknown, requestId: string) => Promise<object>;
}

type Ending = Pick<CommandAck, "state" | "code" | "text" | "result">;

/** How long the first server time may take after a connect before the time to live alone decides. */
const clockWaitMs = 3_000;

export class CommandDesk {
  readonly #deps: DeskDeps;
  /** Commands between their arrival and their end. */
  readonly #open = new Set<string>();
  readonly #waiting = new Set<() => void>();

  constructor(deps: DeskDeps) {
    this.#deps = deps;
  }

  /** A message of the thing's `cmd` topic; never throws. */
  async take(leaf: string, payload: string): Promise<void> {
    try {
      await this.#take(leaf, parseJson(payload));
    } catch (error) {
      log.fail(`a command broke: ${reasonOf(error)}`);
    }
  }

  /** A stream has another answered revision: commands that wait for one look again. */
  revisionsChanged(): void {
    for (const look of this.#waiting) look();
  }

  async #take(leaf: string, message: unknown): Promise<void> {
    const arrivedAtMs = performance.now();
    if (!CommandId.safeParse(leaf).success) {
      log.warn("a command without an id is ignored");
      return;
    }
    const known = this.#deps.history.find(leaf);
    if (known !== undefined) return this.#repeat(leaf, known);
    if (this.#open.has(leaf)) return;
    this.#open.add(leaf);
    try {
      const parsed = CommandMessage.safeParse(message);
      if (!parsed.success || parsed.data.id !== leaf)
        await this.#end(
          leaf,
          rejection("input.invalid", "the command does not have the form of one"),
        );
      else await this.#consider(parsed.data, arrivedAtMs);
    } finally {
      this.#open.delete(leaf);
    }
  }

  async #repeat(id: string, known: CommandAck | "running"): Promise<void> {
    await this.#deps.acknowledge(
      known === "running" ? this.#ack(id, { state: "acknowledged" }) : known,
    );
  }

  async #consider(command: CommandMessage, arrivedAtMs: number): Promise<void> {
    const { id, kind } = command;
    if (!isCommandKind(kind))
      return this.#end(id, rejection("command.unsupported", `this agent does not know ${kind}`));
    const args = commandTable[kind].args.safeParse(command.args);
    if (!args.success)
      return this.#end(id, rejection("input.invalid", "the command's arguments are not valid"));
    await this.#deps.clock.wait(clockWaitMs);
    const stream = "stream" in args.data ? args.data.stream : undefined;
    const isTime = await this.#revisionReached(command, stream, arrivedAtMs);
    if (!isTime || this.#isExpired(command, arrivedAtMs))
      return this.#end(id, rejection("command.expired", "the command's time was over"));
    try {
      await this.#deps.history.start(id);
    } catch (error) {
      const code = isFull(error) ? "device.disk-full" : "internal";
      return this.#end(id, { state: "failed", code, text: `not journalled: ${reasonOf(error)}` });
    }
    await this.#deps.acknowledge(this.#ack(id, { state: "acknowledged" }));
    await this.#end(id, await this.#carryOut(command, stream, { kind, args: args.data }));
  }

  async #carryOut(
    command: CommandMessage,
    stream: string | undefined,
    { kind, args }: { readonly kind: CommandKind; readonly args: object },
  ): Promise<Ending> {
    try {
      if (stream !== undefined && !this.#deps.isMember(stream))
        throw new DomainError("stream.not-found", "the device holds no such stream");
      const result = await this.#deps.carryOut(kind, args, command.requestId);
      return { state: "succeeded", result: { ...result } };
    } catch (error) {
      const code = isDomainError(error) ? error.code : "internal";
      return { state: "failed", code, text: reasonOf(error) };
    }
  }

  /** Waits until the stream, where it speaks of one, has answered the revision that the command follows; false when the command is over before. */
  async #revisionReached(
    { afterRevision, ...command }: CommandMessage,
    stream: string | undefined,
    arrivedAtMs: number,
  ): Promise<boolean> {
    const reached = (): boolean =>
      stream === undefined || this.#deps.answered(stream) >= (afterRevision ?? 0);
    if (reached()) return true;
    // Longer than any command lives would be past what a timer holds.
    const ttlMs = Math.min(command.ttlMs, limits.commandTtlMsMax);
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (reached()) done();
      };
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ttlMs - (performance.now() - arrivedAtMs)));
      this.#waiting.add(look);
    });
    return reached();
  }

  #isExpired({ expiresAtMs, ttlMs }: CommandMessage, arrivedAtMs: number): boolean {
    if (performance.now() - arrivedAtMs >= ttlMs) return true;
    const nowMs = this.#deps.clock.nowMs();
    return nowMs !== undefined && nowMs >= expiresAtMs;
  }

  async #end(id: string, ending: Ending): Promise<void> {
    const ack = this.#ack(id, ending);
    try {
      await this.#deps.history.end(ack);
    } catch (error) {
      log.fail(`the outcome of ${id} is not journalled: ${reasonOf(error)}`);
    }
    log.note(`command ${id}: ${ending.state}${ending.code ? ` ${ending.code}` : ""}`);
    await this.#deps.acknowledge(ack);
  }

  #ack(id: string, { text, ...ending }: Ending): CommandAck {
    const clipped = text === undefined ? {} : { text: text.slice(0, 1024) };
    return { v: 1, id, ...ending, ...clipped, atMs: this.#deps.nowMs() };
  }
}

const rejection = (code: ErrorCode, text: string): Ending => ({ state: "rejected", code, text });
