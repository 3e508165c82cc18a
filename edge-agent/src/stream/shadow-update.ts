import { streamSettingKeys } from "@sightline/contracts/settings";
import type { StreamReport } from "@sightline/contracts/stream-report";

/** A report as the shadow takes it. It merges what comes with what it has: a setting that is not told any more is null, or it would stay. */
export const streamUpdate = ({ applied, drift, ...report }: StreamReport): object => ({
  ...report,
  applied: { ...applied, settings: { ...noSettings, ...applied.settings } },
  drift: drift ? { ...noSettings, ...drift } : null,
});

const noSettings = Object.fromEntries(streamSettingKeys.map((key) => [key, null]));
