/** Apart from the schema in `desired-state.ts`, for functions that load none. */
import type { DeviceWish } from "./desired-state.ts";

/** What a device should be of which nobody has asked anything. */
export const noWish: DeviceWish = { revision: 0, pipeline: "running", settings: {} };
