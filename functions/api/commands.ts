import { CommandAnswer, pageOf } from "./answers.ts";
import {
  cancelCommand,
  createCommand,
  getCommand,
  waitForCommand,
} from "@sightline/core/command/command-operations";
import type { Device } from "@sightline/core/device/device";
import { findDevice } from "@sightline/core/device/find";
import { findPlaced } from "@sightline/core/stream/find";
import { parameter, preferredWaitMs, readBody, type Call, type Route } from "../shared/call.ts";
import { answerList, pageQuery } from "./list.ts";
import { commandView } from "./mapping.ts";
import { NewCommand } from "./schema.ts";

async function create(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  const input = await readBody(call, NewCommand);
  const device = await findDevice(deps, actor, parameter(call, "device"));
  const command = await createCommand(deps, actor, {
    device: device.id,
    kind: input.kind,
    ...("stream" in input.args
      ? await streamTarget(call, device, input.args.stream)
      : { args: input.args }),
    ttlMs: input.ttlMs,
  });
  const waited = await waitForCommand(deps, command, preferredWaitMs(call));
  return c.json(commandView(waited), 201, {
    location: `/v1/devices/${device.id}/commands/${command.id}`,
  });
}

async function streamTarget({ deps, actor }: Call, device: Device, key: string) {
  const { id, revision } = await findPlaced(deps, { actor, device }, key);
  return { args: { stream: id }, afterRevision: revision };
}

async function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const device = await findDevice(deps, actor, parameter(call, "device"));
  return answerList(call, {
    query: ["commands", device.id],
    read: (page) => deps.store.commands.list(device.id, page),
    render: (items) => items.map(commandView),
  });
}

async function keyOf(call: Call): Promise<{ device: string; id: string }> {
  const { deps, actor } = call;
  const device = await findDevice(deps, actor, parameter(call, "device"));
  return { device: device.id, id: parameter(call, "command") };
}

async function get(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  return c.json(commandView(await getCommand(deps, actor.organization, await keyOf(call))));
}

async function cancel(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  return c.json(commandView(await cancelCommand(deps, actor.organization, await keyOf(call))));
}

const collection = "/v1/devices/:device/commands";

export const commandRoutes: readonly Route[] = [
  {
    method: "POST",
    path: collection,
    access: "commands:write",
    about: {
      summary: "Gives a command.",
      body: NewCommand,
      waits: true,
      answers: { 201: CommandAnswer },
      errors: ["device.not-found", "stream.not-found", "stream.not-placed", "gateway.unavailable"],
    },
    handle: create,
  },
  {
    method: "GET",
    path: collection,
    access: "commands:read",
    about: {
      summary: "Lists commands, newest first.",
      query: pageQuery,
      answers: { 200: pageOf("Commands", CommandAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "device.not-found"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: `${collection}/:command`,
    access: "commands:read",
    about: {
      summary: "One command.",
      answers: { 200: CommandAnswer },
      errors: ["device.not-found", "command.not-found"],
    },
    handle: get,
  },
  {
    method: "DELETE",
    path: `${collection}/:command`,
    access: "commands:write",
    about: {
      summary: "Cancels a command that nobody took.",
      answers: { 200: CommandAnswer },
      errors: ["device.not-found", "command.not-found", "command.finished"],
    },
    handle: cancel,
  },
];
