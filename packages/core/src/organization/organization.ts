/** The tenant. No list, cursor or count ever crosses it. */
export interface Organization {
  readonly id: string;
  readonly name: string;
  readonly createdAtMs: number;
}
