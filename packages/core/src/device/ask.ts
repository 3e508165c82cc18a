import { isDomainError } from "@sightline/contracts/errors";
import type { DeviceReport } from "@sightline/contracts/device-report";
import { limits } from "@sightline/contracts/limits";
import type { Actor, Deps } from "../ports/deps.ts";
import { editDevice, type DeviceDocument } from "./device-operations.ts";
import type { Device } from "./device.ts";
import { findDevice } from "./find.ts";
import { waitForWish } from "./wait.ts";
import { withdrawWish } from "./withdraw.ts";
import { pendingWord, type DeviceWord } from "./word.ts";

export interface DeviceRequest {
  readonly device: Device;
  readonly edit: (document: DeviceDocument) => DeviceDocument;
  /** What the box means by its answer to `asked`. */
  readonly hear: (report: DeviceReport, asked: Device) => DeviceWord;
}

/** Others that write at the same time come first so often. */
const tries = 3;

/**
 * Changes what a device should be, and waits for the box; what it refuses is taken back.
 * @throws DomainError device.not-found | device.changed | device.conflict
 */
export async function askDevice(
  deps: Deps,
  actor: Actor,
  { device, edit, hear }: DeviceRequest,
): Promise<DeviceWord> {
  let before = device;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const ifRevision = before.revision;
      const after = await editDevice(deps, actor, { device: before.id, ifRevision, edit });
      const { outcome, report } = await waitForWish(deps, after, limits.settingWaitMs);
      const pending = pendingWord(outcome);
      if (pending || !report) return pending ?? { kind: "pending", why: "timeout" };
      const word = hear(report.report, after);
      if (word.kind === "refused") await withdrawWish(deps, actor, { before, after });
      return word;
    } catch (error) {
      if (!isDomainError(error, "device.changed") || attempt === tries) throw error;
      before = await findDevice(deps, actor, before.id);
    }
  }
}
