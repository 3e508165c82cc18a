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
    <A, B>(write: (a: A, b: B) => Promise<boolean>) =>
    async (a: A, b: B): Promise<boolean> => {
      const isDone = await write(a, b);
      if (isDone) onChange();
      return isDone;
    };
  const { users, tokens } = store;
  return {
    ...store,
    recording: (...call) => tellingOfAccess(store.recording(...call), onChange),
    users: {
      ...users,
      change: told((before, next) => users.change(before, next)),
      delete: told((user, as) => users.delete(user, as)),
    },
    tokens: {
      ...tokens,
      rotate: told((before, hash) => tokens.rotate(before, hash)),
      delete: told((organization, id) => tokens.delete(organization, id)),
    },
  };
}
