import { DomainError } from "@sightline/contracts/errors";
import type { Deps } from "../ports/deps.ts";
import type { User } from "./user.ts";

const tries = 5;

type Changes = Partial<Omit<User, "organization" | "id" | "login" | "revision">>;

interface UserChange {
  /** Read again for every try, and with it everything that decides whether the caller may. */
  readonly find: () => Promise<User>;
  readonly ifRevision?: number | undefined;
}

/** Undefined: nothing changes. */
interface Edit extends UserChange {
  readonly change: (before: User) => Changes | undefined | Promise<Changes | undefined>;
}
/** False when the user is not as they were. */
interface Removal extends UserChange {
  readonly remove: (user: User) => Promise<boolean>;
}

/**
 * Reads, changes, writes, and begins again when somebody else came first: what was checked holds for what is written.
 * @returns the user as they are then, or were at last
 * @throws DomainError user.changed | user.conflict, and what `find`, `change` and `remove` throw
 */
export async function changeUser(
  { store, clock }: Pick<Deps, "store" | "clock">,
  request: Edit | Removal,
): Promise<User> {
  for (let attempt = 0; attempt < tries; attempt += 1) {
    const before = await request.find();
    if (request.ifRevision !== undefined && request.ifRevision !== before.revision)
      throw new DomainError("user.changed", `the user has revision ${before.revision}`, {
        hint: "get the user, apply the change again, and send its ETag",
      });
    if ("remove" in request) {
      if (await request.remove(before)) return before;
      continue;
    }
    const changes = await request.change(before);
    if (!changes) return before;
    const { revision } = before;
    const next = { ...before, ...changes, revision: revision + 1, updatedAtMs: clock.nowMs() };
    if (await store.users.change(before, next)) return next;
  }
  throw new DomainError("user.conflict", "the user kept changing under several writers");
}
