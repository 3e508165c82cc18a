import { describe, expect, test } from "vitest";
import { DomainError } from "@sightline/contracts/errors";
import { permissions, sitePermissions, sitePermissionTable, type Principal } from "./principal.ts";
import {
  everywhere,
  listedSites,
  nowhere,
  ownPermissions,
  reachesDevice,
  reachedSites,
  reachOf,
  requireNoDevice,
  requireSite,
  requireWhole,
} from "./reach.ts";

const missing = (): DomainError => new DomainError("site.not-found", "there is no such site");
const notFound = expect.objectContaining({ code: "site.not-found" });
const forbidden = expect.objectContaining({ code: "auth.forbidden" });

const principal = (some: Partial<Principal> = {}): Principal => ({
  ...{ kind: "user", id: "org_1#7", organization: "org_1", name: "ann", user: 7 },
  ...{ accessLevel: "generic", sites: {}, scopes: ["*"] },
  ...some,
});

describe("an admin", () => {
  const admin = principal({ accessLevel: "admin" });

  test.each(permissions)("has %s everywhere", (permission) => {
    expect(reachOf(admin, permission)).toEqual({ permission, sites: "all" });
  });

  test.each(permissions)("has %s with its scope or *, and with no other", (permission) => {
    const others = permissions.filter((other) => other !== permission);
    expect(() => reachOf({ ...admin, scopes: [permission] }, permission)).not.toThrow();
    for (const scopes of [others, []])
      expect(() => reachOf({ ...admin, scopes }, permission)).toThrow(
        expect.objectContaining({ code: "auth.forbidden", details: { permission } }),
      );
  });

  test("reaches the site that a token is bound to, and nothing else", () => {
    const reach = reachOf({ ...admin, bound: { site: 3 } }, "streams:read");
    expect(reachedSites(reach)).toEqual([3]);
    expect(() => requireSite(reach, 4, missing)).toThrow(notFound);
    expect(() => requireWhole(reach)).toThrow(forbidden);
  });
});

describe.each(sitePermissions)("with %s on one of two sites, a person", (grant) => {
  const sites = { "3": [grant], "4": [] };
  const given: readonly string[] = sitePermissionTable[grant];
  const others = permissions.filter((permission) => !ownPermissions.includes(permission));

  test.each(others)("has %s there when the table says so, and nowhere else", (permission) => {
    const person = principal({ sites });
    if (!given.includes(permission))
      return expect(() => reachOf(person, permission)).toThrow(forbidden);
    const reach = reachOf(person, permission);
    expect(reachedSites(reach)).toEqual([3]);
    expect(() => requireSite(reach, 3, missing)).not.toThrow();
    expect(() => requireSite(reach, 4, missing)).toThrow(forbidden);
    expect(() => requireSite(reach, 5, missing)).toThrow(notFound);
    expect(() => requireWhole(reach)).toThrow(forbidden);
  });
});

test.each(ownPermissions)(
  "everybody has %s for what is their own, and sees their sites",
  (permission) => {
    const person = principal({ sites: { "3": ["edit-users"], "4": ["member"] } });
    expect(reachedSites(reachOf(person, permission))).toEqual([3, 4]);
    expect(reachedSites(reachOf({ ...person, bound: { site: 4 } }, permission))).toEqual([4]);
    expect(reachedSites(reachOf(principal(), permission))).toEqual([]);
    expect(() => reachOf({ ...person, scopes: ["streams:read"] }, permission)).toThrow(forbidden);
    expect(() => requireWhole(reachOf(person, permission))).toThrow(forbidden);
  },
);

test("a token bound to a site that its user does not see reaches nothing", () => {
  const person = principal({ sites: { "3": ["member"] }, bound: { site: 4 } });
  expect(() => reachOf(person, "streams:read")).toThrow(forbidden);
});

test("the system reaches everything, and who names no permission nothing", () => {
  expect(() => requireSite(everywhere, 3, missing)).not.toThrow();
  expect(() => requireWhole(everywhere)).not.toThrow();
  expect(() => requireSite(nowhere, 3, missing)).toThrow(notFound);
  expect(() => requireWhole(nowhere)).toThrow(forbidden);
});

describe("a token bound to a device", () => {
  const bound = { site: 3, device: "dev_1" };

  test.each([
    ["an admin's", principal({ accessLevel: "admin", bound })],
    ["of somebody let in to its site", principal({ sites: { "3": ["member"] }, bound })],
  ])("reaches it, in its site: %s", (_, holder) => {
    const reach = reachOf(holder, "streams:read");
    expect(reachedSites(reach)).toEqual([3]);
    expect(reachesDevice(reach, "dev_1")).toBe(true);
    expect(reachesDevice(reach, "dev_2")).toBe(false);
    expect(reachesDevice(reach, undefined)).toBe(false);
    expect(() => requireNoDevice(reach)).toThrow(forbidden);
  });
});

test("who is not bound to a device reaches all of the sites that are reached", () => {
  const reach = reachOf(principal({ sites: { "3": ["member"] } }), "streams:read");
  for (const device of ["dev_1", undefined]) expect(reachesDevice(reach, device)).toBe(true);
  expect(() => requireNoDevice(reach)).not.toThrow();
  expect(listedSites(reach)).toEqual({ sites: [3] });
  expect(listedSites(reach, 4)).toEqual({ sites: [4] });
  expect(listedSites(everywhere)).toEqual({});
});
