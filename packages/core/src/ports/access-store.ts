/** Who may call, as core needs it from the database. */
import type { AccessToken } from "../access/principal.ts";
import type { User } from "../user/user.ts";
import type { Page, PageRequest } from "./store.ts";

export interface UserStore {
  /** `as` is what they log in as: prefix and login. False when it is taken. */
  create(user: User, as: string): Promise<boolean>;
  get(organization: string, id: number): Promise<User | undefined>;
  /** Who logs in with this, prefix included. */
  findByLogin(as: string): Promise<User | undefined>;
  /** Listed, by login. */
  list(organization: string, page: PageRequest): Promise<Page<User>>;
  /** Replaces a user that still has revision `next.revision - 1`; false when not. The login stays. */
  change(next: User): Promise<boolean>;
  /** Removes the user and the login when it still has this revision; false when not. */
  delete(user: User, as: string): Promise<boolean>;
}

export interface TokenStore {
  /** False when there is one with this id. */
  create(token: AccessToken): Promise<boolean>;
  find(hash: string): Promise<AccessToken | undefined>;
  /** Oldest first. */
  list(organization: string, page: PageRequest): Promise<Page<AccessToken>>;
  /** False when there is none with this id. */
  delete(organization: string, id: string): Promise<boolean>;
}
