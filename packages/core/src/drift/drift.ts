/** What somebody has changed on a box: reported, and not wanted by anybody here. */
import { DomainError } from "@sightline/contracts/errors";
import type { UnmanagedStream } from "@sightline/contracts/device-report";
import { unsupportedSetting, type SettingValue } from "@sightline/contracts/settings";
import { readDeviceState } from "../device/delta.ts";
import type { Device } from "../device/device.ts";
import type { Deps } from "../ports/deps.ts";
import type { StoredStreamReport, Stream } from "../stream/stream.ts";

/** Stands for a value that the box does not tell. */
const untold = "unknown";

/** Words of a report that are no values, though a setting that is a text would take them. */
export const isTold = ({ applied }: DriftedSetting): boolean =>
  applied !== untold && applied !== unsupportedSetting;

export interface DriftedSetting {
  readonly stream: string;
  readonly name: string;
  readonly key: string;
  /** What it was set to, and what holds on the box: `unknown` when that does not tell. */
  readonly desired: SettingValue;
  readonly applied: SettingValue;
}

export interface Drift {
  readonly streams: readonly UnmanagedStream[];
  readonly settings: readonly DriftedSetting[];
}

/** As the device said last. */
export async function deviceDrift(deps: Pick<Deps, "store">, device: Device): Promise<Drift> {
  const { streams, reportOf, own } = await readDeviceState(deps, device);
  return {
    streams: own?.report.unmanaged ?? [],
    settings: streams.flatMap((stream) => driftedSettings(stream, reportOf.get(stream.id))),
  };
}

function driftedSettings(
  stream: Stream,
  stored: StoredStreamReport | undefined,
): readonly DriftedSetting[] {
  const { id, name, placement, revision } = stream;
  const report = stored?.device === placement.device ? stored?.report : undefined;
  // A newer revision sets it back.
  if (!report || report.revision < revision) return [];
  return Object.entries(report.drift ?? {}).map(([key, desired]) => {
    const applied = report.applied.settings[key] ?? untold;
    return { stream: id, name, key, desired, applied };
  });
}

/** @throws DomainError drift.not-found */
export async function findUnmanaged(
  deps: Pick<Deps, "store">,
  { organization, id }: Device,
  localName: string,
): Promise<UnmanagedStream> {
  const stored = await deps.store.devices.getReport(organization, id);
  const found = stored?.report.unmanaged.find((one) => one.localName === localName);
  if (found) return found;
  throw new DomainError("drift.not-found", `the device reports no stream ${localName} of its own`);
}

/** @throws DomainError drift.not-found */
export async function findDriftedSettings(
  deps: Pick<Deps, "store">,
  stream: Stream,
): Promise<readonly DriftedSetting[]> {
  const report = await deps.store.streams.getReport(stream.organization, stream.id);
  const found = driftedSettings(stream, report);
  if (found.length > 0) return found;
  throw new DomainError("drift.not-found", "no setting of the stream was changed on the box");
}
