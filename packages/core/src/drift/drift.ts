/** What somebody has changed on a box: reported, and not wanted by anybody here. */
import { DomainError } from "@sightline/contracts/errors";
import type { UnmanagedStream } from "@sightline/contracts/device-report";
import {
  deviceSettingKeys,
  hasScope,
  unsupportedSetting,
  type SettingValue,
} from "@sightline/contracts/settings";
import { noError } from "@sightline/contracts/stream-report";
import { readDeviceState, wishDelta, type DeviceState } from "../device/delta.ts";
import type { Device } from "../device/device.ts";
import type { Deps } from "../ports/deps.ts";
import type { StoredStreamReport, Stream } from "../stream/stream.ts";

/** Stands for a value that the box does not tell. */
const untold = "unknown";

/** Words of a report that are no values, though a setting that is a text would take them. */
export const isTold = ({ applied }: ChangedSetting): boolean =>
  applied !== untold && applied !== unsupportedSetting;

export interface ChangedSetting {
  readonly key: string;
  /** What it was set to, and what holds on the box: `unknown` when that does not tell. */
  readonly desired: SettingValue;
  readonly applied: SettingValue;
}

/** Of a stream. */
export interface DriftedSetting extends ChangedSetting {
  readonly stream: string;
  readonly name: string;
}

export interface Drift {
  readonly streams: readonly UnmanagedStream[];
  /** Of streams. */
  readonly settings: readonly DriftedSetting[];
  /** Of the device itself. */
  readonly deviceSettings: readonly ChangedSetting[];
}

/** As the device said last. */
export async function deviceDrift(deps: Pick<Deps, "store">, device: Device): Promise<Drift> {
  const { wish, streams, reportOf, own } = await readDeviceState(deps, device);
  return {
    streams: own?.report.unmanaged ?? [],
    settings: streams.flatMap((stream) => driftedSettings(stream, reportOf.get(stream.id))),
    deviceSettings: driftedDeviceSettings({ wish, own }),
  };
}

/**
 * What differs once the box has carried the wish out. What it refused is no drift, nor what it does not tell: unlike of a stream, it
 * does not say of these what was changed.
 */
export function driftedDeviceSettings(
  state: Pick<DeviceState, "wish" | "own">,
): readonly ChangedSetting[] {
  const { wish, own } = state;
  const answer = own?.report.wish;
  // A newer revision sets it back.
  if (!wish || answer?.revision !== wish.revision || answer.error.code !== noError.code) return [];
  const differing = wishDelta(state).settings ?? {};
  const holdsStreams = Object.keys(own?.report.manifest ?? {}).length > 0;
  return (
    deviceSettingKeys
      .filter((key) => Object.hasOwn(differing, key))
      // What a stream can have, too, is set when there is one: until then it differs, and nobody has changed it.
      .filter((key) => holdsStreams || !hasScope(key, "stream"))
      .flatMap((key) => {
        const [desired, applied] = [wish.settings[key], answer.settings[key]];
        return desired === undefined || applied === undefined ? [] : [{ key, desired, applied }];
      })
      .filter(isTold)
  );
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

/** @throws DomainError drift.not-found */
export async function findDriftedDeviceSettings(
  deps: Pick<Deps, "store">,
  { organization, id, wish }: Device,
): Promise<readonly ChangedSetting[]> {
  const own = await deps.store.devices.getReport(organization, id);
  const found = driftedDeviceSettings({ wish, own });
  if (found.length > 0) return found;
  throw new DomainError("drift.not-found", "no setting of the device was changed on the box");
}
