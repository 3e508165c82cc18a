import { expect, test } from "vitest";
import { type Fleet } from "../fleet.ts";
import { Inbox } from "../inbox.ts";

export function presenceContract(use: () => Fleet): void {
  test("tells who connects and how connections end, with growing versions", async () => {
    const watcher = await use().connect(await use().device());
    const inbox = new Inbox(watcher);
    const device = await use().device();
    const { thingName } = device;
    const stem = "$aws/events/presence";
    await watcher.subscribeAsync(
      [`${stem}/connected/${thingName}`, `${stem}/disconnected/${thingName}`],
      { qos: 1 },
    );
    const first = await use().connect(device);
    const up = await inbox.json(`${stem}/connected/${thingName}`);
    expect(up).toMatchObject({
      clientId: thingName,
      eventType: "connected",
      principalIdentifier: device.certificateId,
    });
    expect(Math.abs(Number(up["timestamp"]) - Date.now())).toBeLessThan(60_000);
    await first.endAsync();
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      eventType: "disconnected",
      sessionIdentifier: up["sessionIdentifier"],
      versionNumber: up["versionNumber"],
      clientInitiatedDisconnect: true,
      disconnectReason: "CLIENT_INITIATED_DISCONNECT",
    });
    const second = await use().connect(device);
    const again = await inbox.json(`${stem}/connected/${thingName}`);
    expect(Number(again["versionNumber"])).toBeGreaterThan(Number(up["versionNumber"]));
    const third = await use().connect(device);
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      clientInitiatedDisconnect: false,
      disconnectReason: "DUPLICATE_CLIENTID",
    });
    await inbox.json(`${stem}/connected/${thingName}`);
    expect(second.connected).toBe(false);
    third.stream.destroy();
    expect(await inbox.json(`${stem}/disconnected/${thingName}`)).toMatchObject({
      disconnectReason: "CONNECTION_LOST",
    });
  });
}
