/** Adding and removing a camera, as DeepStream's routes have it. Pure. */
import { DomainError } from "@sightline/contracts/errors";
import type { CameraRef } from "./driver.ts";

export const sensor = (
  { localName, url }: CameraRef,
  change: "camera_add" | "camera_remove",
): object => ({
  key: "sensor",
  value: { camera_id: localName, camera_name: localName, camera_url: url, change },
});

/** Of a reason that is no success. */
export function refusalOf(reason: string): DomainError {
  if (reason.includes("Duplicate Camera id"))
    return new DomainError("stream.local-name-conflict", reason);
  // DeepStream's own spelling is "exceded".
  if (/exce+ded max-batch-size/.test(reason)) return new DomainError("device.stream-limit", reason);
  return new DomainError("native.refused", reason);
}
