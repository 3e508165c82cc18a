/**
 * The control plane killed after every step of a write, on the running system: what was acknowledged is there, what was interrupted
 * is there or not, but never by half, the same call works when it is repeated, and the shadows are what the table says.
 */
import { failpoints, type Failpoint } from "@sightline/all-in-one/failpoints";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { operations } from "../support/interruption.ts";
import { apiOf } from "../support/system-api.ts";
import { System } from "../support/system.ts";

let system: System;
beforeAll(async () => {
  system = await System.start({ args: ["--no-demo"], failpoints: true });
});
afterAll(() => system.dispose());

/** `:2` is the second time that the call passes the point. */
type Point = Failpoint | `${Failpoint}:${number}`;

const steps: Readonly<Record<keyof typeof operations, readonly Point[]>> = {
  createStream: [
    "store.streams.create",
    "gateway.updateShadow",
    "gateway.updateShadow:2",
    "store.devices.setSyncDue",
  ],
  patchStream: [
    "store.streams.change",
    "gateway.updateShadow",
    "gateway.updateShadow:2",
    "store.devices.setSyncDue",
  ],
  moveStream: [
    "store.streams.move",
    "gateway.updateShadow",
    "gateway.deleteShadow",
    "gateway.updateShadow:2",
    "store.devices.setSyncDue",
  ],
  deleteStream: [
    "store.streams.delete",
    "gateway.updateShadow",
    "gateway.deleteShadow",
    "store.devices.setSyncDue",
  ],
  createDevice: ["store.devices.create"],
  deleteDevice: [
    "store.streams.move",
    "store.devices.delete",
    "iot.UpdateCertificate",
    "iot.DetachPolicy",
    "iot.DeleteThing",
  ],
  createEnrolment: ["store.enrolments.create"],
  enrolBox: [
    "store.enrolments.claim",
    "iot.CreateThing",
    "iot.CreateCertificateFromCsr",
    "iot.AttachPolicy",
    "iot.AttachThingPrincipal",
    "store.devices.setIdentity",
    "store.streams.change",
    "gateway.updateShadow",
    "store.enrolments.complete",
  ],
  replaceBox: ["iot.UpdateCertificate", "iot.DetachThingPrincipal", "iot.DeleteCertificate"],
  createWithKey: [
    "store.idempotency.claim",
    "store.streams.create",
    "gateway.updateShadow",
    "store.idempotency.complete",
  ],
  giveCommand: ["store.commands.create", "store.commands.transition", "gateway.publish"],
};

const cases = Object.entries(steps).flatMap(([operation, points]) =>
  points.map((point) => {
    const [name, nth = "1"] = point.split(":") as [Failpoint, string?];
    return { operation: operation as keyof typeof operations, point: name, nth: Number(nth) };
  }),
);

test("every failpoint is tried", () => {
  expect(new Set(cases.map(({ point }) => point))).toEqual(new Set(failpoints));
});

test.each(cases)("$operation killed after $point ($nth)", async ({ operation, point, nth }) => {
  const boxes: Box[] = [];
  const { call, judge } = await operations[operation](system, boxes);
  system.failAt(point, nth);
  const answer = await call().catch(() => undefined);
  await system.failed(point);
  await system.start();
  if (answer) expect(answer.status).toBeLessThan(300);
  await judge(answer !== undefined);
  for (const box of boxes) await nothingIsLeft(box);
});

/** No name, slot or assignment is held by what is not there. */
async function nothingIsLeft({ device, name, site }: Box): Promise<void> {
  const api = apiOf(system);
  const { shadows } = (await api.call(`/v1/devices/${device}/shadow`)).body;
  for (const { stream } of shadows)
    if (stream)
      expect((await api.call(`/v1/streams/${stream.id}`, { method: "DELETE" })).status).toBe(204);
  // Refused while a slot is taken.
  expect((await api.call(`/v1/devices/${device}`, { method: "DELETE" })).status).toBe(204);
  expect((await api.call("/v1/devices", { body: { name, site } })).status).toBe(201);
}
