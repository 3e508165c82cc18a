import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  ListNamedShadowsForThingCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { type Fleet } from "../fleet.ts";
import { Inbox } from "../inbox.ts";
import { parse, update } from "./shadow-call.ts";
import { waitFor } from "../wait-for.ts";

export function shadowsOverHttpContract(use: () => Fleet): void {
  test("count versions, stamp metadata and tell the delta", async () => {
    const { thingName } = await use().device();
    const accepted = await update(
      use(),
      { thingName },
      {
        state: { desired: { fps: 25, roi: { x: 1, y: 2 } } },
        clientToken: "token-1",
      },
    );
    expect(accepted).toMatchObject({ version: 1, clientToken: "token-1" });
    await update(use(), { thingName }, { state: { reported: { fps: 25, roi: { x: 1 } } } });
    const { payload } = await use().at.plane.send(
      new GetThingShadowCommand({ thingName, shadowName: "settings" }),
    );
    const shadow = parse(payload);
    expect(shadow).toMatchObject({
      version: 2,
      state: { reported: { fps: 25, roi: { x: 1 } }, delta: { roi: { y: 2 } } },
    });
    expect(shadow["state"]).not.toHaveProperty("delta.fps");
    const { desired } = shadow["metadata"] as { desired: { fps: { timestamp: number } } };
    expect(Math.abs(desired.fps.timestamp - Date.now() / 1000)).toBeLessThan(60);
  });

  test("refuse a version that is not the current one", async () => {
    const { thingName } = await use().device();
    await update(use(), { thingName }, { state: { desired: { a: 1 } } });
    await update(use(), { thingName }, { state: { desired: { a: 2 } }, version: 1 });
    await expect(
      update(use(), { thingName }, { state: { desired: { a: 3 } }, version: 1 }),
    ).rejects.toMatchObject({ name: "ConflictException" });
  });

  test("keep the version across deletion", async () => {
    const { thingName } = await use().device();
    await update(use(), { thingName }, { state: { desired: { a: 1 } } });
    const shadowName = "settings";
    const gone = await use().at.plane.send(new DeleteThingShadowCommand({ thingName, shadowName }));
    expect(parse(gone.payload)).toMatchObject({ version: 1 });
    const get = new GetThingShadowCommand({ thingName, shadowName });
    await expect(use().at.plane.send(get)).rejects.toMatchObject({
      name: "ResourceNotFoundException",
    });
    expect(await update(use(), { thingName }, { state: { desired: { a: 1 } } })).toMatchObject({
      version: 2,
    });
  });

  test("list named shadows, and hold a classic one apart", async () => {
    const { thingName } = await use().device();
    for (const name of ["b", "a", "c"])
      await update(use(), { thingName, shadowName: name }, { state: { desired: { x: 1 } } });
    const payload = '{"state":{"desired":{"classic":true}}}';
    await use().at.plane.send(new UpdateThingShadowCommand({ thingName, payload }));
    await use().at.plane.send(new DeleteThingShadowCommand({ thingName, shadowName: "c" }));
    const list = await use().at.plane.send(new ListNamedShadowsForThingCommand({ thingName }));
    expect(list.results?.toSorted()).toEqual(["a", "b"]);
    const classic = await use().at.plane.send(new GetThingShadowCommand({ thingName }));
    expect(parse(classic.payload)["state"]).toMatchObject({ desired: { classic: true } });
  });

  test.each([
    ["too much", { state: { desired: { a: "x".repeat(9000) } } }, "RequestEntityTooLargeException"],
    ["no state", { desired: {} }, "InvalidRequestException"],
  ])("refuse %s", async (_name, body, name) => {
    const { thingName } = await use().device();
    await expect(update(use(), { thingName }, body)).rejects.toMatchObject({ name });
  });

  test("emit the notifications that an update over MQTT emits", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/settings/update`;
    await client.subscribeAsync([`${stem}/accepted`, `${stem}/documents`, `${stem}/delta`], {
      qos: 1,
    });
    await update(use(), device, { state: { desired: { a: 1 }, reported: { a: 1 } } });
    expect(await inbox.json(`${stem}/accepted`)).toMatchObject({ version: 1 });
    expect(await inbox.json(`${stem}/documents`)).toMatchObject({ current: { version: 1 } });
    await update(use(), device, { state: { desired: { a: 2 } }, clientToken: "t2" });
    expect(await inbox.json(`${stem}/documents`)).toMatchObject({
      previous: { version: 1, state: { desired: { a: 1 }, reported: { a: 1 } } },
      current: { version: 2, state: { desired: { a: 2 }, reported: { a: 1 } } },
      clientToken: "t2",
    });
    const delta = await inbox.json(`${stem}/delta`);
    expect(delta).toMatchObject({ version: 2, state: { a: 2 }, clientToken: "t2" });
    expect(delta["metadata"]).toEqual({ a: { timestamp: expect.any(Number) as number } });
  });
}

export function shadowsOverMqttContract(use: () => Fleet): void {
  test("answer with accepted and rejected, and echo the client token", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/s1`;
    await client.subscribeAsync([`${stem}/get/+`, `${stem}/update/+`, `${stem}/delete/+`], {
      qos: 1,
    });
    const ask = (operation: string, body: object): Promise<unknown> =>
      client.publishAsync(`${stem}/${operation}`, JSON.stringify(body), { qos: 1 });

    await ask("get", { clientToken: "g1" });
    expect(await inbox.json(`${stem}/get/rejected`)).toMatchObject({
      code: 404,
      clientToken: "g1",
    });
    await ask("update", { state: { reported: { a: 1 } }, clientToken: "u1" });
    expect(await inbox.json(`${stem}/update/accepted`)).toMatchObject({
      state: { reported: { a: 1 } },
      version: 1,
      clientToken: "u1",
    });
    await ask("update", { state: { reported: { a: 2 } }, version: 9, clientToken: "u2" });
    expect(await inbox.json(`${stem}/update/rejected`)).toMatchObject({
      code: 409,
      clientToken: "u2",
    });
    await client.publishAsync(`${stem}/update`, "{", { qos: 1 });
    expect(await inbox.json(`${stem}/update/rejected`)).toMatchObject({ code: 400 });
    await ask("get", { clientToken: "g2" });
    expect(await inbox.json(`${stem}/get/accepted`)).toMatchObject({
      version: 1,
      clientToken: "g2",
    });
    await ask("delete", { clientToken: "d1" });
    expect(await inbox.json(`${stem}/delete/accepted`)).toMatchObject({
      version: 1,
      clientToken: "d1",
    });
  });

  test("apply ten updates sent at once one after the other", async () => {
    const device = await use().device();
    const client = await use().connect(device);
    const inbox = new Inbox(client);
    const stem = `$aws/things/${device.thingName}/shadow/name/s1/update`;
    await client.subscribeAsync(`${stem}/accepted`, { qos: 1 });
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        client.publishAsync(stem, JSON.stringify({ state: { reported: { [`k${n}`]: n } } }), {
          qos: 1,
        }),
      ),
    );
    await waitFor(() => inbox.messages.length === 10, {
      what: () => `10, not ${inbox.messages.length}`,
    });
    const versions = inbox.messages.map(
      ({ text }) => (JSON.parse(text) as { version: number }).version,
    );
    expect(versions).toEqual(Array.from({ length: 10 }, (_, n) => n + 1));
  });
}
