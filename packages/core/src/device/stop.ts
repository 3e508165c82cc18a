import type { DeviceReport } from "@sightline/contracts/device-report";
import { noError } from "@sightline/contracts/stream-report";
import type { Actor, Deps } from "../ports/deps.ts";
import { askDevice } from "./ask.ts";
import type { Device } from "./device.ts";
import type { DeviceWord } from "./word.ts";

/** Stops the device's pipeline, and waits until the box has taken that in: nobody there starts it again. */
export const stopPipeline = (deps: Deps, actor: Actor, device: Device): Promise<DeviceWord> =>
  askDevice(deps, actor, {
    device,
    edit: (document) => ({ ...document, pipeline: "stopped" }),
    hear: ({ wish: { error }, pipeline }: DeviceReport) =>
      error.code === noError.code || pipeline.state === "stopped"
        ? { kind: "done", scope: "device" }
        : { kind: "refused", error },
  });
