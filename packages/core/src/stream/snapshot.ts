import { commandTable } from "@sightline/contracts/commands";
import { DomainError, isErrorCode } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { createCommand, waitForCommand } from "../command/command-operations.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { deviceIsOnline } from "../presence/presence.ts";
import { findStream } from "./find.ts";

export interface Snapshot {
  readonly jpeg: Uint8Array;
  /** Since the frame was decoded on the box. */
  readonly ageMs: number;
}

/**
 * Has the box upload its newest frame, and gives it on.
 * @throws DomainError stream.not-found | stream.not-placed | snapshot.unavailable (`details.reason`: device.offline | command.timeout |
 *   stream.no-frame | …)
 */
export async function streamSnapshot(deps: Deps, actor: Actor, key: string): Promise<Snapshot> {
  const stream = await findStream(deps, actor, key);
  const { device } = stream.placement;
  if (device === undefined)
    throw new DomainError("stream.not-placed", "the stream waits for a device");
  if (!(await deviceIsOnline(deps, actor.organization, device))) throw isOffline();
  const upload = await deps.blobs.createUpload({
    contentType: "image/jpeg",
    sizeBytesMax: limits.snapshotBytesMax,
    ttlMs: commandTable["stream.snapshot"].ttlMs,
  });
  try {
    const command = await createCommand(deps, actor, {
      device,
      kind: "stream.snapshot",
      args: { stream: stream.id, uploadUrl: upload.url },
    });
    if (command.state === "queued") throw isOffline();
    const done = await waitForCommand(deps, command, limits.snapshotWaitMs);
    return await snapshotOf(deps, done, upload.key);
  } finally {
    await deps.blobs.delete(upload.key);
  }
}

const isOffline = (): DomainError =>
  new DomainError("snapshot.unavailable", "the device is offline", {
    details: { reason: "device.offline" },
    hint: "try again when the device is online",
  });

async function snapshotOf(
  deps: Pick<Deps, "blobs" | "clock">,
  command: Awaited<ReturnType<typeof waitForCommand>>,
  key: string,
): Promise<Snapshot> {
  const jpeg = command.state === "succeeded" ? await deps.blobs.read(key) : undefined;
  if (!jpeg) {
    const { code = "", text = "the device did not answer in time" } = command.error ?? {};
    throw new DomainError("snapshot.unavailable", text, {
      details: { reason: isErrorCode(code) ? code : "command.timeout", command: command.id },
      hint: "see the stream's state and error",
    });
  }
  const frameAtMs = frameTimeOf(command.result?.["frameAtMs"]);
  return { jpeg, ageMs: Math.max(0, deps.clock.nowMs() - frameAtMs) };
}

/** A box may answer anything here. */
const frameTimeOf = (value: unknown): number => (typeof value === "number" ? value : 0);
