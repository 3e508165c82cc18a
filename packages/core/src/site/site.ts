/** A place with devices. Integer ids come from the organization's counter. */
export interface Site {
  readonly organization: string;
  readonly id: number;
  /** Unique in the organization, immutable. */
  readonly name: string;
  readonly title: string;
  readonly createdAtMs: number;
}
