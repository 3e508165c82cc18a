/** What a device should do, what it last said, and the difference. */
import type { Deps } from "../ports/deps.ts";
import { isInSync, streamDelta, type StreamDelta } from "../stream/delta.ts";
import type { StoredStreamReport, Stream } from "../stream/stream.ts";
import type { StoredDeviceReport } from "./device.ts";

export interface DeviceState {
  /** Every stream placed on it. */
  readonly streams: readonly Stream[];
  readonly reportOf: ReadonlyMap<string, StoredStreamReport>;
  readonly own: StoredDeviceReport | undefined;
}

/** `extra`: the device still holds a stream that is not placed on it any more. */
export type DeviceDelta = Readonly<Record<string, StreamDelta | { readonly extra: true }>>;

export async function readDeviceState(
  deps: Pick<Deps, "store">,
  device: { readonly organization: string; readonly id: string },
): Promise<DeviceState> {
  const { organization, id } = device;
  const ids = (await deps.store.streams.assignments(id)).map(({ stream }) => stream);
  const [streams, reports, own] = await Promise.all([
    deps.store.streams.getMany(organization, ids),
    deps.store.streams.getReports(organization, ids),
    deps.store.devices.getReport(organization, id),
  ]);
  return { streams, reportOf: new Map(reports.map((report) => [report.stream, report])), own };
}

/** By stream id; empty when the device is in sync. */
export function deviceDelta({ streams, reportOf, own }: DeviceState): DeviceDelta {
  const placed = new Set(streams.map(({ id }) => id));
  const differing = streams
    .map((stream) => [stream.id, streamDelta(stream, reportOf.get(stream.id))] as const)
    .filter(([, delta]) => !isInSync(delta));
  const extra = Object.keys(own?.report.manifest ?? {})
    .filter((id) => !placed.has(id))
    .map((id) => [id, { extra: true }] as const);
  return Object.fromEntries([...differing, ...extra]);
}

export const deviceIsInSync = async (
  deps: Pick<Deps, "store">,
  device: { readonly organization: string; readonly id: string },
): Promise<boolean> => Object.keys(deviceDelta(await readDeviceState(deps, device))).length === 0;
