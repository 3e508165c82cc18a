/** A place with devices. Integer ids come from the organization's counter. */
export interface Site {
  readonly organization: string;
  readonly id: number;
  /** Unique in the organization, immutable. */
  readonly name: string;
  readonly title: string;
  /** The number of a user, who is a member with every permission. Absent: nobody. */
  readonly owner?: number;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly createdAtMs: number;
}
