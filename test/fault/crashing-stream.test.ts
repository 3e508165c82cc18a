/** A stream that ends the pipeline each time it is added must not take its neighbours with it. */
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { convergedMs, framesFlow } from "../support/stream.ts";
import { root, System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const neighbours = Array.from({ length: 15 }, (_, index) => `camera-${index + 1}`);
/** With a plugin of GStreamer's kind in the pipeline that ends the process for one camera_id. */
const crashing = (name: string) => ({
  env: {
    GST_PLUGIN_PATH: path.join(root, "native/build/abort-for-camera"),
    GST_TRACERS: `abort-for-camera(camera=${name})`,
    GST_REGISTRY: path.join(system.folder, "gstreamer-registry"),
  },
});

let system: System;
let cameras: Cameras;
let box: FaultBox;
beforeAll(async () => {
  [system, cameras] = await Promise.all([
    System.start({ args: ["--no-demo"] }),
    Cameras.start({ count: 3, size: "160x90", rate: 5 }),
  ]);
  box = await FaultBox.make(system);
});
afterAll(async () => {
  await box?.dispose();
  await cameras?.dispose();
  await system?.dispose();
});

const isQuarantined = (name: string) => async () =>
  (await box.stateOf(name)) === "quarantined stream.quarantined";
const crashes = (): number => box.agent.log.split("the pipeline ended (SIGABRT)").length - 1;

test("it is quarantined, and fifteen neighbours are back within 15 s of its creation", async () => {
  await box.run([cameras], crashing("crasher"));
  for (const [index, name] of neighbours.entries())
    await box.add(name, cameras.url(1 + (index % 3)));
  await box.allRun(neighbours);
  await box.add("crasher", cameras.url(1));
  await waitFor("the crasher is quarantined", isQuarantined("crasher"), { timeoutMs: convergedMs });
  await box.allRun(neighbours);
  expect(crashes()).toBeLessThanOrEqual(8);
});

test("a box that starts with it among sixteen streams finds it by halves", async () => {
  await box.agent.stop();
  box.agent.log = "";
  await box.run([cameras], crashing("camera-9"));
  const others = neighbours.filter((name) => name !== "camera-9");
  await waitFor("camera-9 is quarantined", isQuarantined("camera-9"), { timeoutMs: convergedMs });
  await box.allRun(others);
  expect(crashes()).toBeLessThanOrEqual(8);
  await framesFlow(system, "camera-8");
});

test("the quarantine outlives the agent, and a change lifts it", async () => {
  await box.agent.stop();
  await box.run([cameras]);
  await box.allRun(neighbours.filter((name) => name !== "camera-9"));
  expect(await box.stateOf("camera-9")).toBe("quarantined stream.quarantined");
  await box.patch("camera-9", { settings: { "decoder.dropFrameInterval": 1 } });
  await box.allRun(neighbours);
});
