/** Sessions of users, and the counts that hold guessers off, as core needs them from the database. */
import type { Session } from "../session/session.ts";
import type { Page, PageRequest } from "./page.ts";

export interface SessionStore {
  create(session: Session): Promise<void>;
  get(organization: string, user: number, id: string): Promise<Session | undefined>;
  /** Those of one user, oldest first. */
  list(organization: string, user: number, page: PageRequest): Promise<Page<Session>>;
  /** Replaces a session whose refresh token still has the hash `before`. `reused`: it has another one. */
  rotate(next: Session, before: string): Promise<"rotated" | "reused" | "gone">;
  /** False when there is none with this id. */
  end(organization: string, user: number, id: string): Promise<boolean>;
}

export interface TryCount {
  readonly count: number;
  readonly untilMs: number;
}

export interface TryBound {
  readonly max: number;
  readonly nowMs: number;
  /** Until when the count holds, when this is its first try; or with every try, when `extend`. */
  readonly untilMs: number;
  readonly extend: boolean;
  /** A count that would hold for longer than this was made by a clock that was wrong, and holds no more. */
  readonly horizonMs: number;
}

/** Shared by all processes. Keys are of the caller's making, and tell nobody what they stand for. */
export interface ThrottleStore {
  /** In the order of the keys; undefined where nothing is counted. */
  get(keys: readonly string[]): Promise<readonly (TryCount | undefined)[]>;
  /** Counts one more, unless there are `max`: then false. However many do it at once, no more than `max` are told true. */
  count(key: string, bound: TryBound): Promise<boolean>;
  /** One less: a try that has turned out well. */
  uncount(key: string): Promise<void>;
  /** From now on it is counted once, until then. */
  mark(key: string, untilMs: number): Promise<void>;
  clear(key: string): Promise<void>;
}
