/** Secrets of every kind, planted wherever a call can hold one: no row of the audit log has any of them. */
import { ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName, tables } from "../support/names.ts";

let cloud: Cloud;
const camera = "planted-P@ssw0rd";
const login = "planted-login-P@ss";
const query = "planted-in-the-query";
/** Of tokens, made as the test goes on. */
const tokens: string[] = [];
let rows: readonly string[] = [];

beforeAll(async () => {
  cloud = await startCloud();
  const box = await cloud.addBox();
  tokens.push(cloud.token, await box.newToken());
  await everythingWithStreams(box.device);
  await everythingWithTokens(box.device);
  await everythingWithUsers();
  const user = await cloud.addUser({ accessLevel: "admin", password: login });
  const { loginPrefix } = (await cloud.deps.store.organizations.get(cloud.organization))!;
  const basic = Buffer.from(`${loginPrefix}${user.login}:${login}`).toString("base64");
  const headers = { authorization: `Basic ${basic}` };
  await succeed("/v1/sites", { body: { name: freshName("s") }, token: "", headers });
  const Items = (await cloud.dynamo.send(new ScanCommand({ TableName: tables.state }))).Items ?? [];
  rows = Items.filter(({ pk }) => pk?.S?.includes("#AUD#")).map((row) => JSON.stringify(row));
});
afterAll(() => cloud.close());

async function succeed(...call: Parameters<Cloud["call"]>) {
  const answer = await cloud.call(...call);
  if (answer.status >= 300) throw new Error(`${call[0]}: ${answer.text}`);
  return answer;
}

async function everythingWithStreams(device: string): Promise<void> {
  const url = `rtsp://admin:${encodeURIComponent(camera)}@camera/1`;
  const body = { name: freshName("s"), device, source: { url } };
  const { id } = (await succeed(`/v1/streams?token=${query}`, { body })).body;
  const patch = { method: "PATCH", body: { source: { username: "admin", password: camera } } };
  await succeed(`/v1/streams/${id}?url=${encodeURIComponent(url)}&password=${query}`, patch);
  const named = `${freshName("s")}@${camera}`;
  await cloud.call(`/v1/streams/${encodeURIComponent(`rtsp://a:${camera}@b`)}`, patch);
  await cloud.call("/v1/streams", { body: { ...body, name: `rtsp://${named}` } });
  await succeed(`/v1/streams/${id}`, { method: "DELETE" });
}

async function everythingWithUsers(): Promise<void> {
  const body = { login: freshName("u"), password: login, accessLevel: "admin" };
  const { id } = (await succeed(`/v1/users?password=${query}`, { body })).body;
  const path = `/v1/users/${id}`;
  await succeed(`${path}/password`, { method: "PUT", body: { password: `${login}-2` } });
  const { loginPrefix } = (await cloud.deps.store.organizations.get(cloud.organization))!;
  const basic = Buffer.from(`${loginPrefix}${body.login}:${login}-2`).toString("base64");
  const own = { method: "PUT", body: { current: `${login}-2`, password: `${login}-3` } };
  await succeed("/v1/self/password", {
    ...own,
    token: "",
    headers: { authorization: `Basic ${basic}` },
  });
  const token = (await succeed("/v1/tokens", { body: { name: "r", scopes: ["sites:read"] } })).body;
  const rotated = await succeed(`/v1/tokens/${token.id}/rotate`, { method: "POST" });
  tokens.push(token.token, rotated.body.token);
  await succeed(path, { method: "DELETE" });
}

async function everythingWithTokens(device: string): Promise<void> {
  const body = { name: "script", scopes: ["sites:read", "sites:write"] };
  const issued = (await succeed("/v1/tokens", { body })).body;
  const bound = await cloud.addToken(["*"], cloud.organization, { device });
  tokens.push(issued.token, bound);
  const site = { body: { name: freshName("s") }, token: issued.token };
  await succeed(`/v1/sites?access_token=${issued.token}`, site);
  let latency = 0;
  const roots = [`/t/${bound}`, `/%74/${bound}`, `/t/${bound.replace("_", "%5F")}`];
  for (const root of roots) {
    const set = { stream: { max_latency: (latency += 1) } };
    await succeed(`${root}/api/v1/mux/max-latency?token=${bound}`, { body: set, token: "" });
  }
  await cloud.call(`/v1/tokens/${issued.token}`, { method: "DELETE" });
  await succeed(`/v1/tokens/${issued.id}`, { method: "DELETE" });
  const key = { "idempotency-key": `"${issued.token}"` };
  await succeed("/v1/tokens", { body, headers: key });
}

/** As it stands, in URLs, and in Base64 of any alignment. */
const formsOf = (secret: string): string[] => [
  secret,
  encodeURIComponent(secret),
  ...["", "x", "xy"].map((before) =>
    Buffer.from(before + secret)
      .toString("base64url")
      .slice(before.length === 0 ? 0 : before.length + 1, -2),
  ),
];

test("there are records of all of it", () => {
  const text = rows.join("\n");
  for (const operation of [
    "POST /v1/streams",
    "PATCH /v1/streams/:stream",
    "DELETE /v1/streams/:stream",
    "POST /v1/tokens",
    "DELETE /v1/tokens/:token",
    "POST /v1/sites",
    "POST /v1/devices/:device/enrolments",
    "POST /v1/enrolments",
    "POST /t/:token/api/v1/mux/max-latency",
  ])
    expect(text).toContain(`"${operation}"`);
  expect(rows.filter((row) => row.includes("/t/***/api/v1/mux/max-latency"))).toHaveLength(3);
});

test.each([
  ["password of a camera", () => [camera]],
  ["password of a person", () => [login]],
  ["text of a query", () => [query]],
  ["token", () => [...tokens, ...tokens.map((token) => token.slice(token.indexOf("_") + 1))]],
])("no record holds the %s", (_, secrets) => {
  expect(secrets().every((secret) => secret.length > 10)).toBe(true);
  const forms = secrets().flatMap(formsOf);
  expect(rows.filter((row) => forms.some((form) => row.includes(form)))).toEqual([]);
});

test("no record holds the part of a URL that says who", () => {
  expect(rows.filter((row) => /\/\/[^/]*@|%40/i.test(row))).toEqual([]);
});

test("a record holds what the log shows, and no more", () => {
  const allowed = new Set([
    ...["pk", "sk", "entity", "v", "rev", "writeId", "expiresAtS"],
    ...["actor", "operation", "path", "requestId", "traceId", "originator"],
    ...["status", "durationMs"],
  ]);
  const names = new Set(rows.flatMap((row) => Object.keys(JSON.parse(row))));
  expect([...names].filter((name) => !allowed.has(name))).toEqual([]);
});
