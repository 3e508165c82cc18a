/** Apart from its schema in `desired-state.ts`, for functions that load none. */

/** What a device should be of which nobody has asked anything. */
export const noWish = { revision: 0, pipeline: "running", settings: {} } as const;
