import { describe, expect, test } from "vitest";
import {
  changedSites,
  mayGive,
  requireMayGive,
  requireOwnChange,
  requirePower,
  type Rights,
} from "./power.ts";
import { permissions, sitePermissions, sitePermissionTable, type Principal } from "./principal.ts";

const principal = (some: Partial<Principal> = {}): Principal => ({
  ...{ kind: "user", id: "org_1#7", organization: "org_1", name: "ann", user: 7 },
  ...{ accessLevel: "generic", sites: {}, scopes: ["*"] },
  ...some,
});
const forbidden = expect.objectContaining({ code: "auth.forbidden" });
const admin: Rights = { accessLevel: "admin", sites: {} };
const everythingOn = (site: number): Rights => ({
  accessLevel: "generic",
  sites: { [site]: sitePermissions },
});

describe("an admin", () => {
  const caller = principal({ accessLevel: "admin" });

  test("gives everything, with a login or a token of every scope to come", () => {
    for (const kind of ["user", "token"] as const)
      expect(() => requireMayGive({ ...caller, kind }, admin)).not.toThrow();
  });

  test.each([
    ["every scope there is", { scopes: permissions }],
    ["a site", { bound: { site: 3 } }],
    ["a device", { bound: { site: 3, device: "dev_1" } }],
  ])("makes no admin, and changes none, with a token of %s", (_, some) => {
    const token = { ...caller, kind: "token", ...some } as const;
    expect(() => requireMayGive(token, admin)).toThrow(forbidden);
    expect(() => requirePower(token, admin)).toThrow(forbidden);
  });

  test("gives everything on the site that a token is bound to, nothing on another", () => {
    const token = { ...caller, bound: { site: 3 } };
    expect(() => requireMayGive(token, everythingOn(3))).not.toThrow();
    expect(() => requireMayGive(token, everythingOn(4))).toThrow(forbidden);
  });

  test("gives nothing with a token of a device", () => {
    const token = { ...caller, bound: { site: 3, device: "dev_1" } };
    expect(() => requireMayGive(token, everythingOn(3))).toThrow(forbidden);
  });

  test.each(sitePermissions)("gives %s without any scope but those that it takes", (grant) => {
    const taken: readonly string[] = sitePermissionTable[grant];
    for (const lacking of permissions) {
      const scopes = permissions.filter((permission) => permission !== lacking);
      expect(mayGive({ ...caller, scopes }, 3, [grant])).toBe(!taken.includes(lacking));
    }
  });
});

test.each(sitePermissions)("who has %s gives it there and nowhere else", (grant) => {
  const caller = principal({ sites: { "3": [grant], "4": [] } });
  expect([3, 4, 5].map((site) => mayGive(caller, site, [grant]))).toEqual([true, false, false]);
});

test("who may nothing has power over nobody but those who may nothing", () => {
  expect(() => requirePower(principal(), { accessLevel: "generic", sites: {} })).not.toThrow();
  expect(() => requirePower(principal(), everythingOn(3))).toThrow(forbidden);
  expect(() => requirePower(principal(), admin)).toThrow(forbidden);
});

test("sites differ where permissions do", () => {
  const before = { "1": ["member"], "2": ["member"], "3": ["member"] } as const;
  const after = { "1": ["member"], "2": ["member", "edit-users"], "4": ["member"] } as const;
  expect(changedSites(before, after)).toEqual([2, 3, 4]);
  expect(changedSites(before, before)).toEqual([]);
});

test("people change what is their own, tokens with the scope and without a bound", () => {
  const token = principal({ kind: "token", scopes: ["users:write"] });
  for (const caller of [principal(), token]) expect(() => requireOwnChange(caller)).not.toThrow();
  for (const caller of [
    { ...token, scopes: ["users:read"] as const },
    { ...token, bound: { site: 3 } },
  ])
    expect(() => requireOwnChange(caller)).toThrow(forbidden);
});
