/** A box whose clock is years off, without the network time that would mend it. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { convergedMs, framesFlow, inSync } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const yearMs = 365 * 86_400_000;

describe.each([
  ["five years ahead", 5 * yearMs],
  ["thirty years behind", -30 * yearMs],
])("a box whose clock is %s", (_name, offsetMs) => {
  let system: System;
  let cameras: Cameras;
  let box: FaultBox;
  beforeAll(async () => {
    [system, cameras] = await Promise.all([System.start({ args: ["--no-demo"] }), Cameras.start()]);
    box = await FaultBox.make(system);
    await box.run([cameras], { env: { SIGHTLINE_CLOCK_OFFSET_MS: String(offsetMs) } });
    await box.add("camera", cameras.url());
    await box.allRun(["camera"]);
  });
  afterAll(async () => {
    await box?.dispose();
    await cameras?.dispose();
    await system?.dispose();
  });

  test("reports by its own clock, and the cloud by the time of receipt", async () => {
    const { body } = await system.call("/v1/streams/camera");
    expect(Math.abs(body.reported.reportedAtMs - Date.now() - offsetMs)).toBeLessThan(60_000);
    expect(body.reported.ageMs).toBeLessThan(60_000);
    await framesFlow(system, "camera");
    await inSync(system, box.name);
  });

  test("carries out commands in their time", async () => {
    const { body } = await box.post(`/v1/devices/${box.name}/commands`, {
      kind: "stream.force-idr",
      args: { stream: "camera" },
    });
    await waitFor(
      "the command succeeded",
      async () => {
        const command = await system.call(`/v1/devices/${box.name}/commands/${body.id}`);
        return command.body.state === "succeeded" || Promise.reject(new Error(command.body.state));
      },
      { timeoutMs: convergedMs },
    );
  });

  test("takes what a box with another clock said before for older, and what it says now for newer", async () => {
    await box.agent.stop();
    await box.run([cameras]);
    await box.patch("camera", { settings: { "decoder.dropFrameInterval": 2 } });
    await inSync(system, box.name);
    const { body } = await system.call("/v1/streams/camera");
    expect(Math.abs(body.reported.reportedAtMs - Date.now())).toBeLessThan(60_000);
    await box.allRun(["camera"]);
  });
});
