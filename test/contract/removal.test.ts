/** A deleted device leaves nothing in the gateway, wherever its removal died before it was done again. */
import {
  DescribeCertificateCommand,
  DescribeThingCommand,
  ResourceNotFoundException,
  type IoTClient,
} from "@aws-sdk/client-iot";
import type { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { followingDeletions } from "@sightline/all-in-one/removed-devices";
import { devicePolicyName } from "@sightline/contracts/device-policy";
import { enrol } from "@sightline/core/enrolment/enrolment-operations";
import { createApp } from "@sightline/functions/http/app";
import { createRegistry } from "@sightline/iot/registry";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { installation } from "../support/names.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

/** The registry of a process that dies after so many calls. */
function dyingRegistry(calls: number): ReturnType<typeof createRegistry> {
  let left = calls;
  const use = <T>(call: () => T): T => {
    left -= 1;
    if (left < 0) throw new Error("killed");
    return call();
  };
  const send = ((command: never) => use(() => cloud.iot.send(command))) as IoTClient["send"];
  const { gateway } = cloud.deps;
  return createRegistry({
    client: { send } as IoTClient,
    plane: {
      send: ((command: never) =>
        use(() => cloud.plane.send(command))) as IoTDataPlaneClient["send"],
    } as IoTDataPlaneClient,
    gateway: {
      listShadows: (thing) => use(() => gateway.listShadows(thing)),
      deleteShadow: (thing, shadow) => use(() => gateway.deleteShadow(thing, shadow)),
    },
    policyName: devicePolicyName(installation),
  });
}

/** Undefined when there is no such certificate. */
async function statusOf(certificateId: string): Promise<string | undefined> {
  try {
    const command = new DescribeCertificateCommand({ certificateId });
    return (await cloud.iot.send(command)).certificateDescription?.status;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Removes a fresh box's thing by a process that dies after so many calls, then by one that does not; how the first one ended. */
async function removeTwice(calls: number): Promise<"killed" | "done"> {
  const box = await cloud.addBox();
  const { certificateId } = (await cloud.call(`/v1/devices/${box.device}`)).body;
  await cloud.deps.gateway.updateShadow(box.thing, "device", { desired: { v: 1 }, version: 0 });
  const outcome = await dyingRegistry(calls)
    .removeThing(box.thing)
    .then(
      () => "done" as const,
      () => "killed" as const,
    );
  // Nobody gets in by it from the first step on that changes anything.
  if (calls >= 2) await expect(box.connect()).rejects.toThrow();
  await cloud.deps.registry.removeThing(box.thing);
  const thingName = box.thing;
  await expect(cloud.iot.send(new DescribeThingCommand({ thingName }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
  expect(["REVOKED", undefined]).toContain(await statusOf(certificateId));
  expect(await cloud.deps.gateway.listShadows(box.thing)).toEqual([]);
  return outcome;
}

test("removing a thing is finished by repeating it, whatever call it died before", async () => {
  const outcomes: string[] = [];
  for (let calls = 0; outcomes.at(-1) !== "done"; calls += 1)
    outcomes.push(await removeTwice(calls));
  expect(outcomes.length).toBeGreaterThan(7);
});

test("on one machine, a deletion that is recorded is followed up like any other", async () => {
  const box = await cloud.addBox();
  const store = followingDeletions(cloud.deps.store, cloud.deps);
  const app = createApp({ ...cloud.deps, store });
  const headers = { authorization: `Bearer ${cloud.token}` };
  const answer = await app.request(`/v1/devices/${box.device}`, { method: "DELETE", headers });
  expect(answer.status).toBe(204);
  const command = new DescribeThingCommand({ thingName: box.thing });
  await expect(cloud.iot.send(command)).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});

test("an enrolment that a deletion overtakes is refused, and leaves nothing", async () => {
  const box = await cloud.addBox({ enrolled: false });
  const { csr, sealing } = box.keys;
  const request = { token: await box.newToken(), csr, sealingKey: sealing.publicKey };
  const registry = {
    ...cloud.deps.registry,
    async enrolThing(...of: Parameters<typeof cloud.deps.registry.enrolThing>) {
      const certificate = await cloud.deps.registry.enrolThing(...of);
      await cloud.call(`/v1/devices/${box.device}`, { method: "DELETE" });
      return certificate;
    },
  };
  await expect(enrol({ ...cloud.deps, registry }, request)).rejects.toMatchObject({
    code: "enrolment.invalid",
  });
  const thingName = box.thing;
  await expect(cloud.iot.send(new DescribeThingCommand({ thingName }))).rejects.toMatchObject({
    name: "ResourceNotFoundException",
  });
});
