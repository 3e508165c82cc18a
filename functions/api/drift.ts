/** What was changed on a box behind our back: shown, adopted, reverted. */
import { waitForCommand } from "@sightline/core/command/command-operations";
import type { Device } from "@sightline/core/device/device";
import { findDevice } from "@sightline/core/device/find";
import { adoptDeviceSettings, adoptSettings, adoptStream } from "@sightline/core/drift/adopt";
import { deviceDrift } from "@sightline/core/drift/drift";
import { revertDeviceSettings, revertSettings, revertStream } from "@sightline/core/drift/revert";
import { findPlaced } from "@sightline/core/stream/find";
import {
  parameter,
  preferredWaitMs,
  principalOf,
  readBody,
  type Call,
  type Route,
} from "../shared/call.ts";
import { CommandAnswer, DriftAnswer, StreamAnswer, StreamOrDeviceAnswer } from "./answers.ts";
import { answerDeviceWrite } from "./devices.ts";
import { commandView } from "./mapping.ts";
import { Adoption, Reversion } from "./schema.ts";
import { answerWrite } from "./streams.ts";

const deviceOf = (call: Call): Promise<Device> =>
  findDevice(call.deps, call.actor, parameter(call, "device"));

async function show(call: Call): Promise<Response> {
  return call.c.json(await deviceDrift(call.deps, await deviceOf(call)));
}

async function adopt(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const device = await deviceOf(call);
  const input = await readBody(call, Adoption);
  if ("localName" in input) {
    const stream = await adoptStream(deps, actor, { device, adoption: input });
    return answerWrite(call, { stream, status: 201 });
  }
  if ("device" in input) {
    const caller = { actor, principal: principalOf(call) };
    return answerDeviceWrite(call, await adoptDeviceSettings(deps, caller, device));
  }
  const drifted = await findPlaced(deps, { actor, device }, input.stream);
  return answerWrite(call, { stream: await adoptSettings(deps, actor, drifted), status: 200 });
}

async function revert(call: Call): Promise<Response> {
  const { deps, actor, c } = call;
  const device = await deviceOf(call);
  const input = await readBody(call, Reversion);
  if ("device" in input) {
    const caller = { actor, principal: principalOf(call) };
    return answerDeviceWrite(call, await revertDeviceSettings(deps, caller, device));
  }
  if ("stream" in input) {
    const drifted = await findPlaced(deps, { actor, device }, input.stream);
    return answerWrite(call, { stream: await revertSettings(deps, actor, drifted), status: 200 });
  }
  const command = await revertStream(deps, actor, { device, localName: input.localName });
  const waited = await waitForCommand(deps, command, preferredWaitMs(call));
  return c.json(commandView(waited), 201, {
    location: `/v1/devices/${device.id}/commands/${command.id}`,
  });
}

const path = "/v1/devices/:device/drift";

export const driftRoutes: readonly Route[] = [
  {
    method: "GET",
    path,
    access: "devices:read",
    about: {
      summary: "What was changed on the box by somebody else: streams and settings.",
      answers: { 200: DriftAnswer },
      errors: ["device.not-found"],
    },
    handle: show,
  },
  {
    method: "POST",
    path: `${path}/adopt`,
    access: "streams:write",
    about: {
      summary:
        "Takes such a change over: from then on it is wanted. One of the device itself needs `devices:write`, too.",
      body: Adoption,
      waits: true,
      answers: { 200: StreamOrDeviceAnswer, 201: StreamAnswer, 202: StreamOrDeviceAnswer },
      errors: [
        "device.not-found",
        "drift.not-found",
        "drift.not-adoptable",
        "stream.not-found",
        "stream.not-placed",
        "stream.name-taken",
        "stream.local-name-taken",
        "stream.changed",
        "stream.conflict",
        "device.changed",
        "device.conflict",
        "device.stream-limit",
        "shadow.too-large",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: adopt,
  },
  {
    method: "POST",
    path: `${path}/revert`,
    access: "streams:write",
    about: {
      summary:
        "Undoes such a change; of a stream, by a command. One of the device itself needs `devices:write`, too.",
      body: Reversion,
      waits: true,
      answers: { 200: StreamOrDeviceAnswer, 201: CommandAnswer, 202: StreamOrDeviceAnswer },
      errors: [
        "device.not-found",
        "drift.not-found",
        "stream.not-found",
        "stream.not-placed",
        "stream.changed",
        "stream.conflict",
        "device.changed",
        "device.conflict",
        "shadow.too-large",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: revert,
  },
];
