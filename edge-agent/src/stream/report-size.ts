/**
 * Keeps a report so small that it fits into the stream's shadow beside what is desired: AWS takes 8 KB in all. What a box holds
 * may be longer than what anybody could ask of it, so the rest gives way piece by piece. Pure.
 */
import type { SettingValue } from "@sightline/contracts/settings";
import type { StreamReport } from "@sightline/contracts/stream-report";

/** Bytes of JSON; the desired half has up to 3.5 KB. */
export const reportBytesMax = 4_500;

/** In place of what somebody has set on the box, and is too long to be told. */
export const longSetting = "too long to be reported";

/** What is longer than this is cut down, in bytes. */
const settingBytesMax = 100;

export function fitReport(report: StreamReport): StreamReport {
  if (isPlain(report)) return report;
  const cuts: readonly ((whole: StreamReport) => StreamReport)[] = [
    cutText,
    (whole) => ({
      ...whole,
      applied: { ...whole.applied, settings: shortened(whole.applied.settings) },
    }),
    (whole) => (whole.drift ? { ...whole, drift: shortened(whole.drift) } : whole),
    (whole) => ({ ...whole, output: { rtspUrl: "" } }),
    (whole) => ({ ...whole, applied: { ...whole.applied, url: "" } }),
  ];
  let fitted = report;
  for (const cut of cuts) {
    if (jsonBytes(fitted) <= reportBytesMax) return fitted;
    fitted = cut(fitted);
  }
  return fitted;
}

/** Most are, and every one of them would have to be written as JSON to be measured, for every list. */
function isPlain({ applied, drift, error, output }: StreamReport): boolean {
  const values = [...Object.values(applied.settings), ...Object.values(drift ?? {})];
  const isShort = error.text.length + applied.url.length + output.rtspUrl.length < 500;
  return isShort && values.every(isPlainSetting);
}

const isPlainSetting = (value: SettingValue): boolean => {
  if (Array.isArray(value)) return value.length < 4;
  return typeof value !== "string" || value.length < settingBytesMax;
};

function cutText(report: StreamReport): StreamReport {
  const { code, text } = report.error;
  const withText = (kept: string): StreamReport => ({ ...report, error: { code, text: kept } });
  const roomBytes = reportBytesMax - jsonBytes(withText(""));
  let kept = text;
  while (kept !== "" && jsonBytes(kept) - 2 > roomBytes)
    kept = kept.slice(0, Math.floor(kept.length * 0.9));
  return withText(kept);
}

const shortened = <T>(settings: Readonly<Record<string, T>>): Record<string, T | string> =>
  Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      jsonBytes(value) > settingBytesMax ? longSetting : value,
    ]),
  );

export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
