/** The tenant. No list, cursor or count ever crosses it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  /** Before every login of it; empty for the first organization of an installation, else with a `/` at its end. */
  readonly loginPrefix: string;
  /** How long a login is blocked after too many wrong passwords. */
  readonly loginBlockMs: number;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly createdAtMs: number;
}
