/** Who is kept out by certificate or name, whatever its policy says. */
import { connect as connectTls } from "node:tls";
import { UpdateCertificateCommand } from "@aws-sdk/client-iot";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freshName } from "./fleet.ts";
import { RunningIot } from "./running-iot.ts";

const dayMs = 86_400_000;
let running: RunningIot;
beforeAll(async () => void (running = await RunningIot.start()));
afterAll(() => running.close());

test("lets nobody in without a certificate", async () => {
  const device = await running.fleet.device();
  await expect(running.fleet.connect(device, { cert: "", key: "" })).rejects.toThrow();
  const socket = connectTls({
    host: "127.0.0.1",
    port: running.local.mqttPort,
    ca: running.local.ca.certificatePem,
  });
  // TLS 1.3 tells a client after it believes to be connected.
  const told = await new Promise((resolve) => socket.once("error", resolve));
  expect(String(told)).toContain("certificate required");
});

test("lets in no certificate that has expired", async () => {
  // Issued by a clock of two days ago, for one day; TLS itself knows what day it is.
  const own = await RunningIot.start({
    deviceCertificateLifeMs: dayMs,
    nowMs: () => Date.now() - 2 * dayMs,
  });
  try {
    await expect(own.fleet.connect(await own.fleet.device())).rejects.toThrow();
  } finally {
    await own.close();
  }
});

test("lets in an inactive certificate again as soon as it is active", async () => {
  const device = await running.fleet.device();
  const { certificateId } = device;
  const set = (newStatus: "ACTIVE" | "INACTIVE"): Promise<unknown> =>
    running.at.iot.send(new UpdateCertificateCommand({ certificateId, newStatus }));
  await set("INACTIVE");
  await expect(running.fleet.connect(device)).rejects.toThrow();
  expect(running.logged.at(-1)).toContain(`refused certificate ${certificateId}: INACTIVE`);
  await set("ACTIVE");
  await running.fleet.connect(device);
});

test("keeps a client id that is not the thing of the certificate out", async () => {
  const name = "${iot:Connection.Thing.ThingName}";
  const device = await running.fleet.device([
    { Effect: "Allow", Action: "iot:Connect", Resource: `${running.at.arn}:client/${name}` },
  ]);
  const another = await running.fleet.device();
  for (const clientId of [another.thingName, freshName("nobody")])
    await expect(running.fleet.connect(device, { clientId })).rejects.toThrow("Not authorized");
  await running.fleet.connect(device);
});

test("refuses a client id of more than 128 bytes, and says why to the log", async () => {
  const device = await running.fleet.device();
  await expect(running.fleet.connect(device, { clientId: "x".repeat(129) })).rejects.toThrow(
    "Identifier rejected",
  );
  expect(running.local.refusals()).toMatchObject({ clientId: 1 });
});
