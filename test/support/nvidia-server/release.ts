/** What differs between the releases of DeepStream's REST server, as its users meet it. */

export type NvidiaRelease = "7.1" | "8.0" | "9.1";

export interface ReleaseQuirks {
  /** 8.0 still says 7.0. */
  readonly version: string;
  readonly tellsSourceId: boolean;
  /** Before 9.0 an unknown camera is removed "with success", without a reason. */
  readonly unknownRemove: "empty" | "refused";
  readonly readyReason: string | undefined;
  /** live, ready, startup, metrics, metadata, and Prometheus text for whoever accepts text/plain. */
  readonly hasMetrics: boolean;
  /** Tracker and analytics. */
  readonly hasTracker: boolean;
}

export const quirksOf: Readonly<Record<NvidiaRelease, ReleaseQuirks>> = {
  "7.1": {
    version: "DeepStream-SDK 7.0 - REST API Version v1",
    tellsSourceId: false,
    unknownRemove: "empty",
    readyReason: undefined,
    hasMetrics: false,
    hasTracker: false,
  },
  "8.0": {
    version: "DeepStream-SDK 7.0 - REST API Version v1",
    tellsSourceId: true,
    unknownRemove: "empty",
    readyReason: "GET_DS_READINESS_INFO_SUCCESS",
    hasMetrics: false,
    hasTracker: true,
  },
  "9.1": {
    version: "DeepStream-SDK 9.1 - REST API Version v1",
    tellsSourceId: true,
    unknownRemove: "refused",
    readyReason: "GET_READY_INFO_SUCCESS",
    hasMetrics: true,
    hasTracker: true,
  },
};
