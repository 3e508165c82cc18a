/**
 * Who may do what, and where: every route of every dialect, as every role, on what is in the caller's own site, in one that they
 * see, in one that is hidden from them, in another organization, and on what never was. What a caller must not know of is
 * answered as what never was: same status, same body, same requests to the database, and its name nowhere.
 */
import {
  permissions,
  sitePermissions,
  sitePermissionTable,
  type Audience,
  type Permission,
  type Scope,
  type SiteGrants,
  type SitePermission,
} from "@sightline/core/access/principal";
import { ownPermissions } from "@sightline/core/access/reach";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { makePlace, nowhere, type Place } from "../support/places.ts";
import { questions, type Question } from "../support/questions.ts";
import { watchRequests } from "../support/requests.ts";

let cloud: Cloud;
let requestsSince: ReturnType<typeof watchRequests>;
/** Of one organization, as one of its people sees them. */
let own: Place;
let seen: Place;
let hidden: Place;
let foreign: Place;
/** Another device at the site of `own`. */
let neighbour: Place;

beforeAll(async () => {
  cloud = await startCloud();
  requestsSince = watchRequests(cloud.dynamo);
  own = await makePlace(cloud, tenant());
  seen = await makePlace(cloud, tenant());
  hidden = await makePlace(cloud, tenant());
  const { device, name: deviceName } = await cloud.addBox({ site: own.site });
  neighbour = { ...nowhere, device, deviceName };
  const other = await cloud.addOrganization();
  // Numbers begin at 1 in every organization: the foreign ones are beyond those of this one.
  const { organizations } = cloud.deps.store;
  for (let at = 0; at < 300; at += 1)
    for (const counter of ["site", "user", "folder"] as const)
      await organizations.count(other.organization, counter);
  foreign = await makePlace(cloud, other);
});
afterAll(() => cloud.close());

const tenant = () => ({ organization: cloud.organization, token: cloud.token });

const placed = questions.filter(
  ({ isPlaced, access }) => isPlaced && access !== "self" && !isOwn(access),
);
const unplaced = questions.filter(
  ({ isPlaced, access }) => !isPlaced && isKeyed(access) && !isOwn(access),
);

/** Of tokens everybody has these, for their own: `api-tokens.test.ts`. */
function isOwn(access: Question["access"]): boolean {
  return (ownPermissions as readonly string[]).includes(access);
}

function isKeyed(access: Question["access"]): access is Permission {
  return (permissions as readonly string[]).includes(access);
}

/** What goes into the header `authorization`. */
type Caller = string;

const callers = new Map<string, Promise<Caller>>();
function remembered(key: string, make: () => Promise<Caller>): Promise<Caller> {
  const known = callers.get(key) ?? make();
  callers.set(key, known);
  return known;
}

const gives = (grant: SitePermission, access: Question["access"]): boolean =>
  (sitePermissionTable[grant] as readonly string[]).includes(access);

const bearer = (token: string): Caller => `Bearer ${token}`;

/** To `/v1` by a token, to the dialect by a login: its tokens are for one device. */
async function asPerson(audience: Audience, sites: SiteGrants): Promise<Caller> {
  const { organization } = cloud;
  const { id: user, login } = await cloud.addUser({ sites, password: "correct horse" });
  if (audience === "api") return bearer(await cloud.addToken(["*"], organization, { user }));
  const userinfo = `${organization}/${login}:correct horse`;
  return `Basic ${Buffer.from(userinfo).toString("base64")}`;
}

/** Of a person with `grant` on `own` and `beside` on `seen`. */
const person = (
  audience: Audience,
  grant: SitePermission | undefined,
  beside: SitePermission | undefined,
): Promise<Caller> =>
  remembered(`${audience} ${grant} ${beside}`, () =>
    asPerson(audience, {
      ...(grant && { [own.site]: [grant] }),
      ...(beside && { [seen.site]: [beside] }),
    }),
  );

const admin = (): Caller => bearer(cloud.token);

/** An admin's, with these scopes, that count with this audience. */
const token = (audience: Audience, scopes: readonly Scope[] = ["*"]): Promise<Caller> =>
  remembered(`token ${audience} ${scopes.join()}`, async () => {
    const bound = audience === "deepstream" ? { device: own.device } : {};
    return bearer(await cloud.addToken(scopes, cloud.organization, bound));
  });

/** An admin's, of the site `own`, or of its device. */
const narrow = (audience: Audience): Promise<Caller> =>
  remembered(`narrow ${audience}`, async () => {
    const bound = audience === "deepstream" ? { device: own.device } : { site: own.site };
    return bearer(await cloud.addToken(["*"], cloud.organization, bound));
  });

/** May everything in their organization. */
const adminOf = (audience: Audience): Promise<Caller> =>
  remembered(`admin ${audience}`, async () => {
    if (audience === "api") return admin();
    const { organization } = cloud;
    const password = "correct horse";
    const { login } = await cloud.addUser({ accessLevel: "admin", password });
    return `Basic ${Buffer.from(`${organization}/${login}:${password}`).toString("base64")}`;
  });

function ask(question: Question, place: Place, authorization: Caller): Promise<Answer> {
  const body = question.body(place);
  const { method } = question;
  const call = { method, token: "", headers: { authorization } };
  return cloud.call(question.path(place), { ...call, ...(body !== undefined && { body }) });
}

/** `/v1` says its code, the dialect the line of its status. */
function codeOf({ status, text }: Answer): string {
  if (status < 400) return "let through";
  const said = JSON.parse(text) as { readonly code?: string; readonly status: string | number };
  return said.code ?? String(said.status);
}

/** Without what differs from call to call, and with the names that the caller gave taken out. */
function textOf(answer: Answer, question: Question, place: Place): string {
  const given = [question.path(place), decodeURIComponent(question.path(place))];
  const names = [place.device, place.deviceName, place.stream, place.command, place.token];
  const numbers = [place.site, place.user, place.folder].map(
    (id) => new RegExp(`\\b${id}\\b`, "g"),
  );
  let text = answer.text.replaceAll(/evt_[0-9a-z]{26}/g, "evt_*");
  for (const name of [...given, `${place.mark}/door`, ...names, place.mark])
    text = text.replaceAll(name, "*");
  for (const number of numbers) text = text.replaceAll(number, "*");
  return `${answer.status} ${text}`;
}

/** Something of the place is; that the box reports no drift is another matter. */
const isMissing = (code: string): boolean =>
  (code.endsWith(".not-found") && code !== "drift.not-found") || code.includes(" 404 ");

function expectLetThrough(answer: Answer): void {
  const code = codeOf(answer);
  const isRefused = /^auth\.| 40[13] /.test(code) || isMissing(code);
  expect([code, isRefused, answer.text]).toEqual([code, false, answer.text]);
}

function expectForbidden(answer: Answer): void {
  expect(["auth.forbidden", "HTTP/1.1 403 Forbidden"]).toContain(codeOf(answer));
  expect(answer.status).toBe(403);
}

/** All three are answered as what never was. */
async function expectUnknown(
  question: Question,
  caller: Caller,
  places: readonly Place[],
): Promise<void> {
  requestsSince();
  const never = await ask(question, nowhere, caller);
  const requestsOfNever = requestsSince();
  const code = codeOf(never);
  expect([code, isMissing(code)]).toEqual([code, true]);
  for (const place of places) {
    const answer = await ask(question, place, caller);
    expect(requestsSince()).toEqual(requestsOfNever);
    expect(textOf(answer, question, place)).toBe(textOf(never, question, nowhere));
    expect([...answer.headers.keys()]).toEqual([...never.headers.keys()]);
  }
}

describe.each(placed)("$title", (question) => {
  const { access, audience, isWhole } = question;

  describe.each(sitePermissions)("with %s", (grant) => {
    const beside = sitePermissions.find((other) => !gives(other, access));
    const has = gives(grant, access) && !isWhole;

    test(`is ${has ? "let through" : "refused"} in the own site`, async () => {
      if (!has)
        return expectForbidden(await ask(question, own, await person(audience, grant, beside)));
      // What is removed has to be there for the next.
      const place = question.method === "DELETE" ? await makePlace(cloud, tenant()) : own;
      const caller =
        place === own
          ? await person(audience, grant, beside)
          : await asPerson(audience, { [place.site]: [grant] });
      expectLetThrough(await ask(question, place, caller));
    });

    test("is refused where the site is seen and the permission lacks", async () => {
      if (!beside) return;
      const caller = await person(audience, grant, beside);
      // People of a site are known to those who may read them there.
      if (has && question.title.includes("/v1/users/:user"))
        return expectUnknown(question, caller, [seen]);
      expectForbidden(await ask(question, seen, caller));
    });

    test("knows nothing of a hidden site and of another organization", async () => {
      const caller = await person(audience, grant, beside);
      if (has) return expectUnknown(question, caller, [hidden, foreign]);
      for (const place of [hidden, foreign, nowhere])
        expectForbidden(await ask(question, place, caller));
    });
  });

  test("is refused to who sees no site, whatever it is asked of", async () => {
    const caller = await person(audience, undefined, undefined);
    for (const place of [own, foreign, nowhere])
      expectForbidden(await ask(question, place, caller));
  });

  test("is let through for an admin, who knows nothing of another organization", async () => {
    const place = question.method === "DELETE" ? await makePlace(cloud, tenant()) : own;
    const caller = await adminOf(audience);
    expectLetThrough(await ask(question, place, caller));
    await expectUnknown(question, caller, [foreign]);
  });

  test("knows nothing of another place, with a token of one", async () => {
    const caller = await narrow(audience);
    const others = [seen, hidden, foreign, ...(audience === "deepstream" ? [neighbour] : [])];
    if (!isWhole) return expectUnknown(question, caller, others);
    for (const place of [own, hidden, foreign, nowhere])
      expectForbidden(await ask(question, place, caller));
  });

  test("is refused without its scope, and with credentials of another audience", async () => {
    const others = permissions.filter((permission) => permission !== access);
    expectForbidden(await ask(question, own, await token(audience, others)));
    const other = audience === "api" ? "deepstream" : "api";
    for (const place of [own, foreign, nowhere])
      expectForbidden(await ask(question, place, await token(other)));
  });
});

interface Paged {
  readonly items: readonly { readonly id: unknown }[];
  readonly next?: string;
}

/** The ids on each page of a list, a page for each. */
async function pagesOf(path: string, authorization: Caller): Promise<readonly unknown[]> {
  const pages: unknown[] = [];
  let cursor = "";
  for (;;) {
    const asked = `${path}?limit=1${cursor}`;
    const answer = await cloud.call(asked, { token: "", headers: { authorization } });
    const { items, next } = answer.body as Paged;
    for (const { mark } of [hidden, seen, foreign])
      expect(Buffer.from(next ?? "", "base64url").toString()).not.toContain(mark);
    pages.push(items.map(({ id }) => id));
    if (next === undefined) return pages;
    cursor = `&cursor=${next}`;
  }
}

const lists = unplaced.filter(({ method, isWhole }) => method === "GET" && !isWhole);

describe.each(lists)("$title", ({ access, audience, path }) => {
  test("has the same pages, whatever comes to be in sites that are not seen", async () => {
    const grant = sitePermissions.find((some) => gives(some, access));
    const caller = await person(audience, grant, undefined);
    const before = await pagesOf(path(own), caller);
    expect(before.flat().length).toBeGreaterThan(0);
    await makePlace(cloud, tenant());
    expect(await pagesOf(path(own), caller)).toEqual(before);
  });
});

test("every route is asked, but those for anybody and for what is the caller's own", () => {
  const others = questions.filter(
    (question) => !placed.includes(question) && !unplaced.includes(question),
  );
  for (const { access, title } of others) {
    const isOther = access === "public" || access === "once" || access === "self";
    expect([title, isOther || isOwn(access)]).toEqual([title, true]);
  }
});

describe.each(unplaced)("$title", (question) => {
  const { access, audience, isWhole } = question;

  test("says nothing of another organization, or of sites that are not seen", async () => {
    for (const grant of sitePermissions) {
      const answer = await ask(question, own, await person(audience, grant, undefined));
      for (const { mark } of [hidden, seen, foreign]) expect(answer.text).not.toContain(mark);
      if (isWhole || !gives(grant, access)) expectForbidden(answer);
      else expectLetThrough(answer);
    }
    const answer = await ask(question, own, admin());
    expect(answer.text).not.toContain(foreign.mark);
    expectLetThrough(answer);
  });

  test("says nothing of other sites to an admin's token of one", async () => {
    const answer = await ask(question, own, await narrow(audience));
    for (const { mark } of [hidden, seen, foreign]) expect(answer.text).not.toContain(mark);
    if (isWhole) expectForbidden(answer);
    else expectLetThrough(answer);
  });

  test("is refused to who sees no site, without its scope, and to another audience", async () => {
    expectForbidden(await ask(question, own, await person(audience, undefined, undefined)));
    const others = permissions.filter((permission) => permission !== access);
    expectForbidden(await ask(question, own, await token(audience, others)));
    expectForbidden(await ask(question, own, await token("deepstream")));
  });
});
