/** States of a command, see `commands.ts`. Apart from it, for who makes none. */

export const commandStates = [
  "queued",
  "sent",
  "acknowledged",
  "succeeded",
  "failed",
  "rejected",
  "expired",
  "cancelled",
] as const;
export type CommandState = (typeof commandStates)[number];

export const finalCommandStates: ReadonlySet<CommandState> = new Set([
  "succeeded",
  "failed",
  "rejected",
  "expired",
  "cancelled",
]);
