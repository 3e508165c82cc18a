import { DomainError } from "@sightline/contracts/errors";
import { reachedSites, type Reach } from "../access/reach.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { knownLogin } from "./login.ts";
import type { User } from "./user.ts";

/** Whoever does not reach all users reaches those with a permission on a site that they reach. */
export function isReached(reach: Reach, { sites }: Pick<User, "sites">): boolean {
  // A token of one device is not a person's tool.
  if (reach.device !== undefined) return false;
  const reached = reachedSites(reach);
  return reached === "all" || reached.some((site) => Object.hasOwn(sites, String(site)));
}

/** What a caller sees of a user whom they reach: nothing of what that one may elsewhere. */
export function withinReach(reach: Reach, user: User): User {
  const reached = reachedSites(reach);
  if (reached === "all") return user;
  const sites = Object.entries(user.sites).filter(([site]) => reached.includes(Number(site)));
  return { ...user, sites: Object.fromEntries(sites) };
}

const missing = (key: string): DomainError =>
  new DomainError("user.not-found", `there is no user ${key}`);

/** By number or login. Users elsewhere do not exist, whatever their number. @throws DomainError user.not-found */
export async function findUser(
  { store }: Pick<Deps, "store">,
  { organization, reach }: Pick<Actor, "organization" | "reach">,
  key: string,
): Promise<User> {
  const user = /^[1-9]\d{0,8}$/.test(key)
    ? await store.users.get(organization, Number(key))
    : await findByLogin({ store }, organization, key);
  if (!user || !isReached(reach, user)) throw missing(key);
  return user;
}

async function findByLogin(
  { store }: Pick<Deps, "store">,
  organization: string,
  text: string,
): Promise<User | undefined> {
  const login = knownLogin(text);
  if (login === undefined) return undefined;
  const user = await store.users.findByLogin(await signInName({ store }, { organization, login }));
  return user?.organization === organization ? user : undefined;
}

/** What somebody logs in as: the organization's prefix and their login. */
export async function signInName(
  { store }: Pick<Deps, "store">,
  { organization, login }: Pick<User, "organization" | "login">,
): Promise<string> {
  const found = await store.organizations.get(organization);
  return `${found?.loginPrefix ?? ""}${login}`;
}
