import { expect, it } from "vitest";
import { freshId, makeOrganization } from "../fixtures.ts";
import { expectNoWrite, type SubjectOf } from "./subject.ts";

export function organizationContract(subject: SubjectOf): void {
  it("creates an organization once", async () => {
    const { store } = subject();
    const organization = makeOrganization();
    expect(await store.organizations.create(organization)).toBe(true);
    await expectNoWrite(subject(), () =>
      store.organizations.create({ ...organization, name: "Other" }),
    );
    expect(await store.organizations.get(organization.id)).toEqual(organization);
    expect(await store.organizations.get(freshId("organization"))).toBeUndefined();
  });

  it("finds an organization by the prefix of its logins, which no other one has", async () => {
    const { organizations } = subject().store;
    const organization = makeOrganization();
    const { loginPrefix } = organization;
    expect(await organizations.findByLoginPrefix(loginPrefix)).toBeUndefined();
    await organizations.create(organization);
    expect(await organizations.findByLoginPrefix(loginPrefix)).toEqual(organization);
    const before = await subject().everything();
    await expect(organizations.create(makeOrganization({ loginPrefix }))).rejects.toThrow(
      "is another organization's",
    );
    expect(await subject().everything()).toEqual(before);
  });

  it("changes an organization that still has the revision before", async () => {
    const { organizations } = subject().store;
    const organization = makeOrganization();
    const next = { ...organization, name: "Other", loginBlockMs: 1_000, revision: 2 };
    await expectNoWrite(subject(), () => organizations.change(next));
    await organizations.create(organization);
    expect(await organizations.change(next)).toBe(true);
    expect(await organizations.get(organization.id)).toEqual(next);
    await expectNoWrite(subject(), () => organizations.change({ ...next, name: "Third" }));
  });

  it("counts upwards and never repeats a number, also under 50 racers", async () => {
    const { organizations } = subject().store;
    const organization = freshId("organization");
    const first = await organizations.count(organization, "site");
    expect(first).toBeGreaterThanOrEqual(1);
    const counted = await Promise.all(
      Array.from({ length: 50 }, () => organizations.count(organization, "site")),
    );
    expect(new Set(counted).size).toBe(50);
    expect(Math.min(...counted)).toBeGreaterThan(first);
    const last = Math.max(...counted);
    expect(await organizations.count(organization, "site")).toBeGreaterThan(last);
    // Another organization has a counter of its own.
    expect(await organizations.count(freshId("organization"), "site")).toBeLessThan(last);
  });
}
