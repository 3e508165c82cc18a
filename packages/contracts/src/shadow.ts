/** Names of device shadows. What is in them: `desired-state.ts`, `device-report.ts`, `stream-report.ts`. */

export const deviceShadow = "device";
export const streamShadow = (streamId: string): string => `stream-${streamId}`;

/** The stream id in a shadow's name, or undefined. */
export const streamOfShadow = (name: string): string | undefined =>
  name.startsWith("stream-") ? name.slice("stream-".length) : undefined;
