import { iotshadow, mqtt as crtMqtt } from "aws-iot-device-sdk-v2";
import { expect, test } from "vitest";
import { type Fleet, freshName } from "../fleet.ts";
import { update } from "./shadow-call.ts";
import { waitFor } from "../wait-for.ts";

export function deviceSdkContract(use: () => Fleet): void {
  test("publishes and subscribes", async () => {
    const device = await use().device();
    const connection = await use().connectCrt(device);
    const topic = `${freshName("t")}/crt`;
    const received: string[] = [];
    await connection.subscribe(topic, crtMqtt.QoS.AtLeastOnce, (_topic, payload) => {
      received.push(Buffer.from(payload).toString());
    });
    await connection.publish(topic, "hello", crtMqtt.QoS.AtLeastOnce);
    await waitFor(() => received.includes("hello"));
  });

  test("drives a named shadow: get, update, delta stream, delete, modeled errors", async () => {
    const { thingName, ...device } = await use().device();
    const connection = await use().connectCrt({ thingName, ...device });
    const client = iotshadow.IotShadowClientv2.newFromMqtt311(connection, {
      maxRequestResponseSubscriptions: 10,
      maxStreamingSubscriptions: 4,
      operationTimeoutInSeconds: 10,
    });
    try {
      const shadowName = "stream-1";
      await expect(client.getNamedShadow({ thingName, shadowName })).rejects.toMatchObject({
        modeledError: { code: 404 },
      });
      const updated = await client.updateNamedShadow({
        thingName,
        shadowName,
        state: { reported: { fps: 10 } },
      });
      expect(updated.version).toBe(1);
      await expect(
        client.updateNamedShadow({
          thingName,
          shadowName,
          version: 7,
          state: { reported: { fps: 1 } },
        }),
      ).rejects.toMatchObject({ modeledError: { code: 409 } });
      const deltas: unknown[] = [];
      const established = { yes: false };
      const stream = client.createNamedShadowDeltaUpdatedStream({ thingName, shadowName });
      stream.on("subscriptionStatus", () => (established.yes = true));
      stream.on("incomingPublish", (event) => deltas.push(event.message.state));
      stream.open();
      await waitFor(() => established.yes, { what: "the subscription of the delta stream" });
      await update(use(), { thingName, shadowName }, { state: { desired: { fps: 25 } } });
      await waitFor(() => deltas.length > 0, { what: "a delta" });
      expect(deltas).toEqual([{ fps: 25 }]);
      const got = await client.getNamedShadow({ thingName, shadowName });
      expect(got).toMatchObject({
        version: 2,
        state: { desired: { fps: 25 }, reported: { fps: 10 } },
      });
      const gone = await client.deleteNamedShadow({ thingName, shadowName });
      expect(gone.version).toBe(2);
      stream.close();
    } finally {
      client.close();
    }
  });
}
