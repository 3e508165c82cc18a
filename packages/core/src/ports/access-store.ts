/** Who may call, as core needs it from the database. */
import type { AccessToken } from "../access/principal.ts";
import type { User } from "../user/user.ts";
import type { Page, PageRequest } from "./page.ts";

/** An organization keeps at least one enabled admin: a write that takes the last one away is refused. */
export interface UserStore {
  /**
   * `as` is what they log in as: prefix and login. False when it is taken.
   * @throws DomainError user.limit
   */
  create(user: User, as: string): Promise<boolean>;
  get(organization: string, id: number): Promise<User | undefined>;
  /** Who logs in with this, prefix included. */
  findByLogin(as: string): Promise<User | undefined>;
  /** Listed, by login. */
  list(organization: string, page: PageRequest): Promise<Page<User>>;
  /**
   * Replaces a user that still has the revision of `before`; false when not. The login stays.
   * @throws DomainError user.last-admin
   */
  change(before: User, next: User): Promise<boolean>;
  /**
   * Removes the user and the login when it still has this revision; false when not.
   * @throws DomainError user.last-admin
   */
  delete(user: User, as: string): Promise<boolean>;
}

export interface TokenStore {
  /** False when there is one with this id. */
  create(token: AccessToken): Promise<boolean>;
  find(hash: string): Promise<AccessToken | undefined>;
  get(organization: string, id: string): Promise<AccessToken | undefined>;
  /** Oldest first; of one user when given, then listed. */
  list(
    organization: string,
    page: PageRequest & { readonly user?: number },
  ): Promise<Page<AccessToken>>;
  /** From now on this hash finds it instead, and the one before nothing. False when it has another one, or is gone. */
  rotate(before: AccessToken, hash: string): Promise<boolean>;
  /** False when there is none with this id. */
  delete(organization: string, id: string): Promise<boolean>;
}
