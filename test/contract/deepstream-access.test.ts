/** Who may call DeepStream's dialect, from where, and how those who may not are told. */
import { permissions } from "@sightline/core/access/principal";
import { deepstreamRoutes } from "@sightline/functions/deepstream/routes";
import { createDialectApp } from "@sightline/functions/http/app";
import { limits } from "@sightline/contracts/limits";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { ask, dialectToken, type Asked, type Said } from "../support/deepstream.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let box: Box;
let other: Box;
/** May do everything on `box`, and nothing else. */
let bound: string;
/** May do everything on every device of the organization, in this dialect. */
let free: string;
let root: ReturnType<typeof createDialectApp>;
beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
  other = await cloud.addBox();
  bound = await cloud.addToken(["*"], cloud.organization, box);
  free = await dialectToken(cloud);
  root = createDialectApp(cloud.deps);
});
afterAll(() => cloud.close());

const atCloud = (path: string, asked: Asked = {}): Promise<Said> =>
  ask((request) => cloud.fetch(request), path, asked);
/** The port of this dialect. */
const atRoot = (path: string, asked: Asked = {}): Promise<Said> =>
  ask((request) => root.fetch(request), path, asked);
const below = (device: string, path: string): string => `/devices/${device}/deepstream${path}`;
const basic = (userinfo: string) => ({
  authorization: `Basic ${Buffer.from(userinfo).toString("base64")}`,
});
const list = "/api/v1/stream/get-stream-info";

function expectRefused(said: Said, status: number, phrase: string): void {
  expect([said.status, said.body.status]).toEqual([status, `HTTP/1.1 ${status} ${phrase}`]);
  expect(said.body.reason).toMatch(/./);
  expect(said.headers.get("content-type")).toBe("text/plain");
  expect(said.headers.get("x-request-id")).toMatch(/./);
  expect(said.headers.get("x-content-type-options")).toBe("nosniff");
}

describe("a token of a device", () => {
  test.each<[string, (path: string) => Promise<Said>]>([
    ["as bearer", (path) => atRoot(path, { token: bound })],
    ["as user", (path) => atRoot(path, { headers: basic(`${bound}:`) })],
    ["as password", (path) => atRoot(path, { headers: basic(`x:${bound}`) })],
    ["in the path", (path) => atRoot(`/t/${bound}${path}`)],
    ["in the path, of the whole API", (path) => atCloud(`/t/${bound}${path}`)],
    ["as bearer, with the device", (path) => atCloud(below(box.name, path), { token: bound })],
    ["as bearer, with its id", (path) => atCloud(below(box.device, path), { token: bound })],
  ])("is let in %s", async (_, call) => {
    expect((await call(list)).status).toBe(200);
    expect((await call("/version")).body.version).toContain("REST API Version v1");
    expect((await call("/live")).status).toBe(503);
  });

  test("does not know another device", async () => {
    expectRefused(await atCloud(below(other.name, list), { token: bound }), 404, "Not Found");
    expect((await atRoot(`/t/${bound}${below(box.name, list)}`)).status).toBe(404);
  });

  test("may do what its scopes say", async () => {
    const reader = await cloud.addToken(["streams:read"], cloud.organization, box);
    expect((await atRoot(list, { token: reader })).status).toBe(200);
    const said = await atRoot("/api/v1/app/quit", { token: reader, body: {} });
    expectRefused(said, 403, "Forbidden");
  });

  test("is in no log, whatever goes wrong", async () => {
    const { store } = cloud.deps;
    const broken = createDialectApp({
      ...cloud.deps,
      store: { ...store, devices: { ...store.devices, get: () => Promise.reject(new Error("x")) } },
    });
    const said = await ask((request) => broken.fetch(request), `/t/${bound}${list}`);
    expectRefused(said, 500, "Internal Server Error");
    expect(said.text).not.toContain(bound);
    const lines = cloud.logged.filter((line) => line.includes("get-stream-info"));
    expect(lines).toHaveLength(1);
    expect(lines.join()).toContain("/t/***/api/v1");
    expect(cloud.logged.join()).not.toContain(bound);
  });
});

describe("a token of the native API", () => {
  test("is good for nothing here, and one of this dialect for nothing there", async () => {
    expectRefused(await atCloud(below(box.name, list), { token: cloud.token }), 403, "Forbidden");
    expectRefused(await atRoot(`/t/${cloud.token}${list}`), 403, "Forbidden");
    for (const token of [free, bound])
      expectProblem(await cloud.call("/v1/streams", { token }), "auth.forbidden");
  });
});

describe("a token of a site", () => {
  test("knows the devices there, and no others", async () => {
    const { site } = (await cloud.call(`/v1/devices/${box.name}`)).body;
    const token = await dialectToken(cloud, { bound: { site } });
    expect((await atCloud(below(box.name, list), { token })).status).toBe(200);
    expectRefused(await atCloud(below(other.name, list), { token }), 404, "Not Found");
    expectRefused(await atRoot(list, { token }), 403, "Forbidden");
  });
});

describe("at the root", () => {
  test("whoever names no device is told to", async () => {
    const said = await atRoot(list, { token: free });
    expectRefused(said, 403, "Forbidden");
    expectRefused(await atRoot(`/t/${free}${list}`), 403, "Forbidden");
  });

  test("nothing else is served, and elsewhere the root is not this dialect's", async () => {
    expect((await atRoot("/v1/streams", { token: cloud.token })).text).toBe(
      "Error 404: Not Found\nNot Found",
    );
    const said = await atCloud(list, { token: bound });
    expect([said.status, said.body.code]).toEqual([404, "route.not-found"]);
  });
});

describe.each(deepstreamRoutes)("$method $path", ({ method, path, access }) => {
  const call = (asked: Asked, device = box.name) =>
    atCloud(below(device, path), { method, ...(method === "POST" && { body: "{}" }), ...asked });

  test("wants credentials", async () => {
    const said = await call({});
    expectRefused(said, 401, "Unauthorized");
    expect(said.headers.get("www-authenticate")).toContain("Basic");
    expectRefused(await call({ token: "slt_nobody" }), 401, "Unauthorized");
  });

  test("wants its permission", async () => {
    const others = permissions.filter((permission) => permission !== access);
    expectRefused(
      await call({ token: await dialectToken(cloud, { scopes: others }) }),
      403,
      "Forbidden",
    );
  });

  test("does not know another organization's device", async () => {
    const { organization } = await cloud.addOrganization();
    const token = await dialectToken(cloud, { organization });
    expectRefused(await call({ token }), 404, "Not Found");
    expectRefused(await call({ token }, "nobody"), 404, "Not Found");
  });

  test("is not for web pages", async () => {
    const headers = { origin: "https://example.com" };
    expectRefused(await call({ token: free, headers }), 403, "Forbidden");
  });

  test("answers no other method", async () => {
    const has = deepstreamRoutes.filter((route) => route.path === path);
    const methods = has.map((route): string => route.method);
    for (const wrong of ["GET", "POST", "PUT", "DELETE", "OPTIONS"]) {
      if (methods.includes(wrong)) continue;
      const said = await atCloud(below(box.name, path), { method: wrong, token: free });
      expectRefused(said, 405, "Method Not Allowed");
      expect(said.headers.get("allow")).toBe(methods.join(", "));
    }
    const patched = await atCloud(below(box.name, path), { method: "PATCH", token: free });
    expectRefused(patched, 405, "Method Not Allowed");
  });
});

describe("an unknown path is a page of DeepStream's HTTP server", () => {
  test.each([
    "",
    "/",
    "/stream/add",
    "/api/v1",
    "/api/v1/stream/add/",
    "/api/v1/Stream/add",
    "/api/v2/stream/add",
    "/api/v1//stream/add",
    "/api/v1/version",
    "/metrics",
  ])("%j", async (path) => {
    for (const said of [
      await atCloud(below(box.name, path), { token: free }),
      await atCloud(`/t/${bound}${path}`),
    ]) {
      expect([said.status, said.text]).toEqual([404, "Error 404: Not Found\nNot Found"]);
      expect(said.headers.get("content-type")).toBe("text/plain; charset=utf-8");
    }
  });
});

test("a preflight is refused, and nothing is said to be allowed", async () => {
  const headers = { origin: "https://example.com", "access-control-request-method": "POST" };
  const path = below(box.name, "/api/v1/stream/add");
  const said = await atCloud(path, { method: "OPTIONS", headers });
  expectRefused(said, 405, "Method Not Allowed");
  expect([...said.headers.keys()].filter((name) => name.startsWith("access-control"))).toEqual([]);
});

test("a body that is too large is refused", async () => {
  const body = `{"stream":"${"x".repeat(limits.bodyBytesMax)}"}`;
  const said = await atCloud(below(box.name, "/api/v1/enc/bitrate"), { body, token: free });
  expectRefused(said, 413, "Payload Too Large");
});

test("a login may do what it may", async () => {
  const said = await atCloud(below(box.name, list), { headers: basic("nobody:wrong") });
  expectRefused(said, 401, "Unauthorized");
  const { login } = await cloud.addUser({ accessLevel: "admin", password: "correct horse" });
  const headers = basic(`${cloud.organization}/${login}:correct horse`);
  expect((await atCloud(below(box.name, list), { headers })).status).toBe(200);
});

test("a call that is sent twice with one key is answered once, in the same form", async () => {
  const headers = { "idempotency-key": "deepstream-1" };
  const body = { stream: { stream_id: "0", bitrate: 0 } };
  const call = { body, headers, token: free };
  const path = below(box.name, "/api/v1/enc/bitrate");
  const [first, second] = [await atCloud(path, call), await atCloud(path, call)];
  expectRefused(first, 400, "Bad Request");
  expect([second.status, second.text]).toEqual([first.status, first.text]);
  expect(second.headers.get("idempotency-replayed")).toBe("true");
});
