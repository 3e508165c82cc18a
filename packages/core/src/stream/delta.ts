import {
  effectiveSettings,
  hasScope,
  sameSetting,
  streamSettingKeys,
} from "@sightline/contracts/settings";
import type { StoredStreamReport, Stream } from "./stream.ts";

/** What differs between what a stream should be and what its device last said; empty when nothing does. */
export interface StreamDelta {
  /** Revision wanted, and revision the device has answered (0: none). */
  readonly revision?: { readonly desired: number; readonly reported: number };
  readonly settings?: Readonly<
    Record<string, { readonly desired: unknown; readonly applied: unknown }>
  >;
}

/** The delta people see. A stream that waits unplaced, is disabled, or whose pipeline is stopped has no settings to differ. */
export function streamDelta(stream: Stream, stored: StoredStreamReport | undefined): StreamDelta {
  if (stream.placement.device === undefined) return {};
  const report = stored?.device === stream.placement.device ? stored.report : undefined;
  const reported = report?.revision ?? 0;
  const revision =
    reported < stream.revision ? { revision: { desired: stream.revision, reported } } : {};
  if (!stream.enabled || report?.state === "stopped") return revision;
  // What is not set may come from the device: there the box says whether it was changed since.
  const drift = report?.drift ?? {};
  const applied = report?.applied.settings ?? {};
  const desired: Readonly<Record<string, unknown>> = {
    ...effectiveSettings(stream.settings),
    ...drift,
    ...stream.settings,
  };
  // A box older than a setting does not speak of it: that is a difference once somebody has set it.
  const settings = Object.fromEntries(
    streamSettingKeys
      .filter(
        (key) =>
          Object.hasOwn(stream.settings, key) ||
          Object.hasOwn(hasScope(key, "device") ? drift : applied, key),
      )
      .filter((key) => !sameSetting(applied[key], desired[key]))
      .map((key) => [key, { desired: desired[key], applied: applied[key] ?? "unknown" }]),
  );
  return Object.keys(settings).length > 0 ? { ...revision, settings } : revision;
}

export const isInSync = (delta: StreamDelta): boolean => Object.keys(delta).length === 0;
