/** What a device should do, what it last said, and the difference. */
import type { Deps } from "../ports/deps.ts";
import { isInSync, streamDelta, type StreamDelta } from "../stream/delta.ts";
import type { StoredStreamReport, Stream } from "../stream/stream.ts";
import { deviceSettingKeys, sameSetting } from "@sightline/contracts/settings";
import { wishDesired } from "./desired.ts";
import type { Device, StoredDeviceReport } from "./device.ts";

export interface DeviceState {
  readonly wish: Device["wish"];
  /** Every stream placed on it. */
  readonly streams: readonly Stream[];
  readonly reportOf: ReadonlyMap<string, StoredStreamReport>;
  readonly own: StoredDeviceReport | undefined;
}

/** `extra`: the device still holds a stream that is not placed on it any more; `unmanaged`: local names of those that somebody put in on the box. */
export type DeviceDelta = Readonly<
  Record<string, StreamDelta | { readonly extra: true } | readonly string[]>
>;

export async function readDeviceState(
  deps: Pick<Deps, "store">,
  device: { readonly organization: string; readonly id: string },
): Promise<DeviceState> {
  const { organization, id } = device;
  const ids = (await deps.store.streams.assignments(id)).map(({ stream }) => stream);
  const [row, streams, reports, own] = await Promise.all([
    deps.store.devices.get(organization, id),
    deps.store.streams.getMany(organization, ids),
    deps.store.streams.getReports(organization, ids),
    deps.store.devices.getReport(organization, id),
  ]);
  const reportOf = new Map(reports.map((report) => [report.stream, report]));
  return { wish: row?.wish, streams, reportOf, own };
}

/** By stream id, and `device` for its own; empty when the device is as it should be. */
export function deviceDelta(state: DeviceState): DeviceDelta {
  const { streams, reportOf, own } = state;
  const placed = new Set(streams.map(({ id }) => id));
  const differing = streams
    .map((stream) => [stream.id, streamDelta(stream, reportOf.get(stream.id))] as const)
    .filter(([, delta]) => !isInSync(delta));
  const extra = Object.keys(own?.report.manifest ?? {})
    .filter((id) => !placed.has(id))
    .map((id) => [id, { extra: true }] as const);
  const wish = wishDelta(state);
  const device = isInSync(wish) ? [] : [["device", wish] as const];
  const unmanaged = own?.report.unmanaged.map(({ localName }) => localName) ?? [];
  const strange = unmanaged.length > 0 ? [["unmanaged", unmanaged] as const] : [];
  return Object.fromEntries([...differing, ...extra, ...device, ...strange]);
}

/** Of what the device should be besides its streams; only of what somebody has set. */
export function wishDelta({ wish, own }: Pick<DeviceState, "wish" | "own">): StreamDelta {
  if (!wish) return {};
  const { revision, settings } = wishDesired({ wish });
  const reported = own?.report.wish;
  const applied = reported?.settings ?? {};
  const differing = deviceSettingKeys
    .filter((key) => Object.hasOwn(settings, key) && !sameSetting(settings[key], applied[key]))
    .map((key) => [key, { desired: settings[key], applied: applied[key] ?? "unknown" }] as const);
  return {
    ...((reported?.revision ?? 0) < revision && {
      revision: { desired: revision, reported: reported?.revision ?? 0 },
    }),
    ...(differing.length > 0 && { settings: Object.fromEntries(differing) }),
  };
}

/** The box has answered every revision. What it refused, and what was changed there, another sync would not mend. */
export const deviceHasCaughtUp = async (
  deps: Pick<Deps, "store">,
  device: { readonly organization: string; readonly id: string },
): Promise<boolean> =>
  !Object.values(deviceDelta(await readDeviceState(deps, device))).some(
    (one) => "extra" in one || ("revision" in one && one.revision),
  );
