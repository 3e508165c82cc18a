import * as z from "zod";
import { DeviceAnswer, EnrolmentTokenAnswer, pageOf } from "./answers.ts";
import { deleteDevice, editDevice, registerDevice } from "@sightline/core/device/device-operations";
import type { Device } from "@sightline/core/device/device";
import { waitForWish } from "@sightline/core/device/wait";
import { findDevice } from "@sightline/core/device/find";
import { listDevices } from "@sightline/core/device/list";
import { createEnrolment } from "@sightline/core/enrolment/enrolment-operations";
import { applyMergePatch } from "@sightline/core/merge-patch";
import {
  etag,
  ifMatchRevision,
  parameter,
  parseInput,
  preferredWaitMs,
  readBody,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { answerList, siteQuery, siteFilter } from "./list.ts";
import { deviceView, type ShownDevice } from "./mapping.ts";
import { DeviceDocument, NewDevice } from "./schema.ts";

const answer = ({ c, deps }: Call, shown: ShownDevice, status: 200 | 201 | 202 = 200): Response =>
  c.json(deviceView(shown, deps.clock.nowMs()), status, { etag: etag(shown.device.revision) });

async function register(call: Call): Promise<Response> {
  const device = await registerDevice(call.deps, call.actor, await readBody(call, NewDevice));
  call.c.header("location", `/v1/devices/${device.id}`);
  return answer(call, { device }, 201);
}

async function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const { organization } = actor;
  const filter = await siteFilter(call);
  return answerList(call, {
    query: ["devices", organization, filter.site],
    read: (page) => listDevices(deps, actor, { ...page, ...filter }),
    render: (items) => items.map((device) => deviceView({ device }, deps.clock.nowMs())),
  });
}

async function get(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const device = await findDevice(deps, actor, parameter(call, "device"));
  const [health, report] = await Promise.all([
    deps.store.devices.getHealth(actor.organization, device.id),
    deps.store.devices.getReport(actor.organization, device.id),
  ]);
  return answer(call, { device, health, report });
}

/** The answer to a write: at once, or after the device's word when the client prefers to wait (then 202 when there was none). */
export async function answerDeviceWrite(call: Call, device: Device): Promise<Response> {
  const waitMs = preferredWaitMs(call);
  if (waitMs === 0) return answer(call, { device });
  const { outcome, report } = await waitForWish(call.deps, device, waitMs);
  call.c.header("preference-applied", `wait=${waitMs / 1000}`);
  return answer(call, { device, report }, outcome === "applied" ? 200 : 202);
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const device = await editDevice(call.deps, call.actor, {
    device: parameter(call, "device"),
    edit: (document) => parseInput(DeviceDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answerDeviceWrite(call, device);
}

async function remove(call: Call): Promise<Response> {
  await deleteDevice(call.deps, call.actor, {
    device: parameter(call, "device"),
    unplace: call.c.req.query("unplace") === "true",
  });
  return call.c.body(null, 204);
}

async function enrolment(call: Call): Promise<Response> {
  const { token, device, expiresAtMs } = await createEnrolment(call.deps, call.actor, {
    device: parameter(call, "device"),
    caFingerprint: call.deps.caFingerprint,
  });
  return call.c.json({ token, device: device.id, expiresAtMs }, 201);
}

export const deviceRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/devices",
    access: "devices:write",
    about: {
      summary: "Adds a device.",
      body: NewDevice,
      answers: { 201: DeviceAnswer },
      errors: ["site.not-found", "device.name-taken"],
    },
    handle: register,
  },
  {
    method: "GET",
    path: "/v1/devices",
    access: "devices:read",
    about: {
      summary: "Lists devices by name.",
      query: siteQuery,
      answers: { 200: pageOf("Devices", DeviceAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "site.not-found"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: "/v1/devices/:device",
    access: "devices:read",
    about: {
      summary: "One device, by id or name, with its last health report.",
      answers: { 200: DeviceAnswer },
      errors: ["device.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path: "/v1/devices/:device",
    access: "devices:write",
    about: {
      summary: "Changes what a device should be: settings, whether its pipeline runs, labels.",
      patch: DeviceDocument,
      ifMatch: true,
      waits: true,
      answers: { 200: DeviceAnswer, 202: DeviceAnswer },
      errors: [
        "device.not-found",
        "device.changed",
        "device.conflict",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: patch,
  },
  {
    method: "DELETE",
    path: "/v1/devices/:device",
    access: "devices:write",
    about: {
      summary: "Removes a device; `unplace` keeps its streams.",
      query: { unplace: z.enum(["true", "false"]).optional() },
      answers: { 204: "nothing" },
      errors: [
        "device.not-found",
        "device.has-streams",
        "device.conflict",
        "stream.conflict",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: remove,
  },
  {
    method: "POST",
    path: "/v1/devices/:device/enrolments",
    access: "devices:enrol",
    about: {
      summary: "Makes a one-time token for a box.",
      answers: { 201: EnrolmentTokenAnswer },
      errors: ["device.not-found"],
    },
    handle: enrolment,
  },
];
