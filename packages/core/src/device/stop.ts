import { isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { noError } from "@sightline/contracts/stream-report";
import type { Actor, Deps } from "../ports/deps.ts";
import { editDevice } from "./device-operations.ts";
import type { Device } from "./device.ts";
import { findDevice } from "./find.ts";
import { waitForWish } from "./wait.ts";
import { withdrawWish } from "./withdraw.ts";
import { pendingWord, type DeviceWord } from "./word.ts";

/** Others that write at the same time come first so often. */
const tries = 3;

/** Stops the device's pipeline, and waits until the box has taken that in: nobody there starts it again. */
export async function stopPipeline(deps: Deps, actor: Actor, device: Device): Promise<DeviceWord> {
  let before = device;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const after = await editDevice(deps, actor, {
        device: before.id,
        ifRevision: before.revision,
        edit: (document) => ({ ...document, pipeline: "stopped" }),
      });
      const { outcome, report } = await waitForWish(deps, after, limits.settingWaitMs);
      const pending = pendingWord(outcome);
      if (pending || !report) return pending ?? { kind: "pending", why: "timeout" };
      const { error } = report.report.wish;
      if (error.code === noError.code || report.report.pipeline.state === "stopped")
        return { kind: "done", scope: "device" };
      await withdrawWish(deps, actor, { before, after });
      return { kind: "refused", error };
    } catch (error) {
      if (!isDomainError(error, "device.changed") || attempt === tries) throw error;
      before = await findDevice(deps, actor.organization, before.id);
    }
  }
}
