/** The first credentials, for as long as they let somebody in: only so long does this machine show them. */
import { isDomainError } from "@sightline/contracts/errors";
import {
  createFirstAdminCheck,
  type Counting,
  type FirstAdmin,
} from "@sightline/core/access/bootstrap";
import type { Deps } from "@sightline/core/ports/deps";
import type { Store } from "@sightline/core/ports/store";

/** What counts now; what counted last while the database is away. */
export function watchFirstAdmin(
  deps: Pick<Deps, "store" | "clock">,
  admin: FirstAdmin,
): () => Promise<Counting> {
  const check = createFirstAdminCheck(deps, admin);
  let last: Counting = { login: admin.login };
  return async () => {
    try {
      last = await check();
    } catch (error) {
      if (!isDomainError(error, "store.unavailable")) throw error;
    }
    return last;
  };
}

/** The store, telling of every write by which credentials can have ended. */
export function tellingOfAccess(store: Store, onChange: () => void): Store {
  const told =
    <A extends readonly unknown[], R>(write: (...given: A) => Promise<R>) =>
    async (...given: A): Promise<R> => {
      const answer = await write(...given);
      onChange();
      return answer;
    };
  const { users, tokens } = store;
  return {
    ...store,
    users: { ...users, change: told(users.change), delete: told(users.delete) },
    tokens: { ...tokens, rotate: told(tokens.rotate), delete: told(tokens.delete) },
  };
}
