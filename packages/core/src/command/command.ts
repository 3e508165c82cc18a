import type { CommandState } from "@sightline/contracts/command-states";
import type { CommandKind } from "@sightline/contracts/commands";

export interface Command {
  readonly organization: string;
  readonly device: string;
  readonly id: string;
  readonly kind: CommandKind;
  readonly args: Readonly<Record<string, unknown>>;
  readonly afterRevision?: number;
  readonly state: CommandState;
  /** Why it failed, was rejected or expired. */
  readonly error?: { readonly code: string; readonly text: string };
  readonly result?: Readonly<Record<string, unknown>>;
  /** What the device said after the end. */
  readonly lateResult?: Readonly<Record<string, unknown>>;
  readonly issuedBy: string;
  readonly requestId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  readonly changedAtMs: number;
}
