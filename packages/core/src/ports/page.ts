/** Where a list goes on. `after` is the last row's name of the page before; opaque cursors are made at the API's edge. */
export interface PageRequest {
  readonly rows: number;
  readonly after?: string;
}
/** A page of what lies in these sites; absent: in any. */
export interface SitesPageRequest extends PageRequest {
  readonly sites?: readonly number[];
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Present when there is more. */
  readonly next?: string;
}
