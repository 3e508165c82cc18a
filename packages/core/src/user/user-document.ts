import { sitePermissions, type SiteGrants } from "../access/principal.ts";
import type { User } from "./user.ts";

/** What a user says of themselves. */
export type SelfDocument = Pick<User, "fullName" | "email" | "phone" | "locale">;

/** What others see and change of a user. */
export type UserDocument = SelfDocument &
  Pick<User, "note" | "accessLevel" | "sites" | "disabled" | "readonly" | "maxSessions">;

export const selfDocument = ({ fullName, email, phone, locale }: SelfDocument): SelfDocument => ({
  ...{ fullName, email, phone, locale },
});

export const userDocument = (user: UserDocument): UserDocument => ({
  ...selfDocument(user),
  note: user.note,
  accessLevel: user.accessLevel,
  sites: user.sites,
  disabled: user.disabled,
  readonly: user.readonly,
  maxSessions: user.maxSessions,
});

/** Each permission once, in the order of the table, and no site without one. */
export const tidyGrants = (sites: SiteGrants): SiteGrants =>
  Object.fromEntries(
    Object.entries(sites).flatMap(([site, grants]) => {
      const given = sitePermissions.filter((permission) => grants.includes(permission));
      return given.length === 0 ? [] : [[site, given]];
    }),
  );
