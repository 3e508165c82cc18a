/** Every route that can change something, of `/v1` and of the dialects: what leaves a record, and what is in it. */
import { randomUUID } from "node:crypto";
import { deepstreamRoutes } from "@sightline/functions/deepstream/routes";
import { apiRoutes } from "@sightline/functions/api/routes";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditLog, auditOf } from "../support/audit.ts";
import type { Box } from "../support/box.ts";
import { DeepstreamClient } from "../support/deepstream.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { quickHash } from "../support/password.ts";
import { password } from "../support/person.ts";
import { nameOf, pathOf } from "../support/valid-body.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
/** Of a box that was never there: it is answered for at once. */
let away: Box;
let token: { readonly id: string; readonly text: string };
/** Of the box's DeepStream API. */
let bound = "";

beforeAll(async () => {
  cloud = await startCloud();
  away = await cloud.addBox();
  const scopes = ["*"];
  const { body } = await cloud.call("/v1/tokens", { body: { name: "auditor", scopes } });
  token = { id: body.id, text: body.token };
  bound = await cloud.addToken(["*"], cloud.organization, { device: away.device });
  const { users } = cloud.deps.store;
  const admin = (await users.get(cloud.organization, 1))!;
  await users.change(admin, { ...admin, passwordHash: quickHash(password), revision: 2 });
});
afterAll(() => cloud.close());

const source = { url: "rtsp://camera/1" };

interface Asked {
  readonly path: string;
  readonly body?: unknown;
}

const newStream = async (some: object = {}): Promise<string> => {
  const body = { name: freshName("s"), device: away.device, source, ...some };
  return (await cloud.call("/v1/streams", { body })).body.id;
};
const newDevice = async (): Promise<string> => {
  const body = { name: freshName("box"), site: away.site };
  return (await cloud.call("/v1/devices", { body })).body.id;
};
const newToken = async (): Promise<string> => {
  const body = { name: "other", scopes: ["sites:read"] };
  return (await cloud.call("/v1/tokens", { body })).body.id;
};
const newFolder = async (): Promise<number> => {
  const body = { title: freshName("hall"), site: away.site };
  return (await cloud.call("/v1/folders", { body })).body.id;
};
const newUser = async (): Promise<number> =>
  (await cloud.addUser({ sites: { [away.site]: ["member"] } })).id;
const forceIdr = (stream: string) => ({ kind: "stream.force-idr", args: { stream } });
const commands = (): string => `/v1/devices/${away.device}/commands`;

/** A box on which somebody has put in a stream. */
async function drifted(what: "adopt" | "revert"): Promise<Asked> {
  const box = await (await cloud.addBox()).comeOnline();
  const localName = freshName("stranger");
  await box.reportOwn({
    unmanaged: [{ localName, url: "rtsp://camera/9", hasCredentials: false }],
  });
  const drift = `/v1/devices/${box.device}/drift`;
  await waitFor(
    "the drift is reported",
    async () => (await cloud.call(drift)).body.streams.length > 0,
    { timeoutMs: 5_000, pollMs: 20 },
  );
  return { path: `${drift}/${what}`, body: { localName } };
}

/** A request that each route carries out. */
const changes: Readonly<Record<string, () => Promise<Asked>>> = {
  "POST /v1/sites": async () => ({ path: "/v1/sites", body: { name: freshName("site") } }),
  "PATCH /v1/sites/:site": async () => ({
    path: `/v1/sites/${await cloud.addSite()}`,
    // The site and the person: two rows, one record.
    body: { owner: await newUser() },
  }),
  "DELETE /v1/sites/:site": async () => {
    const site = await cloud.addSite();
    await cloud.addUser({ sites: { [site]: ["member"] } });
    return { path: `/v1/sites/${site}` };
  },
  "PUT /v1/sites/:site/members/:user": async () => ({
    path: `/v1/sites/${away.site}/members/${await newUser()}`,
    body: { permissions: ["view-stats"] },
  }),
  "DELETE /v1/sites/:site/members/:user": async () => ({
    path: `/v1/sites/${away.site}/members/${await newUser()}`,
  }),
  "POST /v1/folders": async () => ({
    path: "/v1/folders",
    body: { title: "Hall", site: away.site },
  }),
  "PATCH /v1/folders/:folder": async () => ({
    path: `/v1/folders/${await newFolder()}`,
    body: { title: "Yard" },
  }),
  "DELETE /v1/folders/:folder": async () => ({ path: `/v1/folders/${await newFolder()}` }),
  "POST /v1/devices": async () => ({
    path: "/v1/devices",
    body: { name: freshName("box"), site: away.site },
  }),
  "PATCH /v1/devices/:device": async () => ({
    path: `/v1/devices/${await newDevice()}`,
    body: { pipeline: "stopped" },
  }),
  "DELETE /v1/devices/:device": async () => {
    const device = await newDevice();
    await newStream({ device });
    // Streams, the device and its tokens: many writes, one record.
    await cloud.call("/v1/tokens", { body: { name: "bound", scopes: ["*"], device } });
    return { path: `/v1/devices/${device}?unplace=true` };
  },
  "POST /v1/devices/:device/enrolments": async () => ({
    path: `/v1/devices/${await newDevice()}/enrolments`,
  }),
  "POST /v1/streams": async () => ({
    path: "/v1/streams",
    body: { name: freshName("s"), device: away.device, source },
  }),
  "PATCH /v1/streams/:stream": async () => ({
    path: `/v1/streams/${await newStream()}`,
    body: { title: "New" },
  }),
  "DELETE /v1/streams/:stream": async () => ({ path: `/v1/streams/${await newStream()}` }),
  "POST /v1/devices/:device/commands": async () => ({
    path: commands(),
    body: forceIdr(await newStream()),
  }),
  "DELETE /v1/devices/:device/commands/:command": async () => {
    const { body } = await cloud.call(commands(), { body: forceIdr(await newStream()) });
    return { path: `${commands()}/${body.id}` };
  },
  "POST /v1/devices/:device/drift/adopt": () => drifted("adopt"),
  "POST /v1/devices/:device/drift/revert": () => drifted("revert"),
  "PATCH /v1/organization": async () => ({
    path: "/v1/organization",
    body: { name: freshName("acme") },
  }),
  "POST /v1/users": async () => ({
    path: "/v1/users",
    body: { login: freshName("user"), password, sites: { [away.site]: ["member"] } },
  }),
  "PATCH /v1/users/:user": async () => ({
    path: `/v1/users/${await newUser()}`,
    body: { accessLevel: "admin", sites: null },
  }),
  "PUT /v1/users/:user/password": async () => ({
    path: `/v1/users/${await newUser()}/password`,
    body: { password },
  }),
  "DELETE /v1/users/:user": async () => {
    const user = await newUser();
    // The user and their tokens: many writes, one record.
    for (let at = 0; at < 2; at += 1)
      await cloud.addToken(["streams:read"], cloud.organization, { user });
    return { path: `/v1/users/${user}` };
  },
  "PATCH /v1/self": async () => ({ path: "/v1/self", body: { fullName: freshName("Ann") } }),
  "PUT /v1/self/password": async () => ({
    path: "/v1/self/password",
    body: { current: password, password: "battery staple" },
  }),
  "POST /v1/tokens/:token/rotate": async () => ({
    path: `/v1/tokens/${await newToken()}/rotate`,
  }),
  "POST /v1/tokens": async () => ({
    path: "/v1/tokens",
    body: { name: "third", scopes: ["sites:read"] },
  }),
  "DELETE /v1/tokens/:token": async () => ({ path: `/v1/tokens/${await newToken()}` }),
};

test("every route of /v1 that can change something is tried here", () => {
  const changing = apiRoutes
    .filter(({ method }) => method !== "GET")
    // Who logs in is no token: api-sessions.test.ts looks at what that leaves.
    .filter(({ path }) => !path.startsWith("/v1/sessions"))
    .map(nameOf);
  expect(Object.keys(changes).toSorted()).toEqual(changing.toSorted());
});

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

test.each(Object.keys(changes))("%s leaves one record, which tells of it", async (operation) => {
  const { path, body } = await changes[operation]!();
  const requestId = randomUUID();
  const beganAtMs = cloud.deps.clock.nowMs();
  const answer = await cloud.call(path, {
    method: operation.split(" ")[0]!,
    body,
    token: token.text,
    headers: { "x-request-id": requestId, traceparent },
  });
  expect([answer.status, answer.text]).toEqual([expect.any(Number), answer.text]);
  expect(answer.status).toBeLessThan(300);
  const records = await auditOf(cloud, requestId);
  expect(records).toEqual([
    {
      id: expect.stringMatching(/^aud_[0-9a-z]{26}$/),
      atMs: expect.any(Number),
      actor: { kind: "token", id: token.id, name: "auditor", user: 1 },
      operation,
      path: path.split("?")[0],
      requestId,
      traceId,
      originator: "",
      status: answer.status,
      durationMs: expect.any(Number),
    },
  ]);
  expect(records[0]?.atMs).toBeGreaterThanOrEqual(beganAtMs);
  expect(records[0]?.atMs).toBeLessThanOrEqual(cloud.deps.clock.nowMs());
});

test("no route of /v1 that reads leaves one", async () => {
  const stream = await newStream();
  const command = (await cloud.call(commands(), { body: forceIdr(stream) })).body.id;
  const of = {
    site: away.site,
    device: away.device,
    user: 1,
    session: "ses_none",
    folder: await newFolder(),
  };
  const own = { ...of, stream, command, token: token.id };
  const before = (await auditLog(cloud)).length;
  for (const route of apiRoutes.filter(({ method }) => method === "GET"))
    expect((await cloud.call(pathOf(route, own))).status).not.toBe(401);
  expect((await auditLog(cloud)).length).toBe(before);
});

/** Fields of the settings that take something else than 1. */
const fields: Readonly<Record<string, object>> = {
  "/roi/update": {
    roi_count: 1,
    roi: [{ roi_id: "a", left: 1, top: 2, width: 3, height: 4 }],
  },
  "/nvtracker/config-path": { config_path: "/a.txt" },
  "/conv/srccrop": { src_crop: "1:2:3:4" },
  "/conv/destcrop": { dest_crop: "1:2:3:4" },
  "/analytics/reload-config": { config_file_path: "/a.txt" },
};
const all = [
  ...["drop_frame_interval", "skip_frames", "low_latency_mode", "interval", "process_mode"],
  ...["bitrate", "force_idr", "force_intra", "iframeinterval", "flip_method"],
  ...["interpolation_method", "batched_push_timeout", "max_latency", "app_quit"],
];
const ones = Object.fromEntries(all.map((name) => [name, 1]));

const changesNothing = /^\/version$|_embeddings$/;
const dialectChanges = deepstreamRoutes.filter(
  ({ method, path }) => method !== "GET" && !changesNothing.test(path),
);

test.each(dialectChanges)(
  "$method $path of DeepStream's dialect leaves one record",
  async (row) => {
    const client = new DeepstreamClient(cloud, away);
    const id = freshName("cam");
    const sensor = (change: "camera_add" | "camera_remove") => ({
      key: "sensor",
      value: { camera_id: id, camera_name: "Door", camera_url: "rtsp://camera/1", change },
    });
    const setting = row.path.replace("/api/v1", "");
    const add = { method: "POST", body: sensor("camera_add"), token: bound };
    if (setting !== "/stream/add") await client.call("/api/v1/stream/add", add);
    const bodies: Readonly<Record<string, object>> = {
      "/stream/add": sensor("camera_add"),
      "/stream/remove": sensor("camera_remove"),
    };
    const body = bodies[setting] ?? { stream: { stream_id: id, ...(fields[setting] ?? ones) } };
    const requestId = randomUUID();
    const headers = { "x-request-id": requestId, traceparent };
    const said = await client.call(row.path, { method: row.method, body, headers, token: bound });
    expect([said.status, said.text]).toEqual([202, said.text]);
    expect(await auditOf(cloud, requestId)).toMatchObject([
      {
        actor: { kind: "token", name: "token-*", user: 1 },
        operation: `${row.method} /devices/:device/deepstream${row.path}`,
        path: `/devices/${away.name}/deepstream${row.path}`,
        traceId,
        status: 202,
        durationMs: expect.any(Number),
      },
    ]);
  },
);

test("what changes nothing of DeepStream's dialect leaves none", async () => {
  const client = new DeepstreamClient(cloud, away);
  const before = (await auditLog(cloud)).length;
  for (const { method, path } of deepstreamRoutes)
    if (method === "GET" || changesNothing.test(path))
      await client.call(path, { method, token: bound, ...(method !== "GET" && { body: {} }) });
  expect((await auditLog(cloud)).length).toBe(before);
});

test("a box that enrols leaves one in its own name", async () => {
  const box = await cloud.addBox({ enrolled: false });
  const enrolmentToken = await box.newToken();
  const answer = await box.enrol(enrolmentToken);
  const requestId = answer.headers.get("x-request-id")!;
  expect(await auditOf(cloud, requestId)).toMatchObject([
    {
      actor: { kind: "device", id: box.device, name: box.name },
      operation: "POST /v1/enrolments",
      path: "/v1/enrolments",
      status: 201,
    },
  ]);
  // It is given the same answer, which changes nothing.
  const again = await box.enrol(enrolmentToken);
  expect(again.status).toBe(201);
  expect(await auditOf(cloud, again.headers.get("x-request-id")!)).toEqual([]);
});

test("a token in a path is in no record", async () => {
  const requestId = randomUUID();
  const said = await cloud.fetch(
    new Request(`http://localhost/t/${bound}/api/v1/mux/max-latency`, {
      method: "POST",
      headers: { "x-request-id": requestId },
      body: JSON.stringify({ stream: { max_latency: 77 } }),
    }),
  );
  expect(said.status).toBe(202);
  expect(await auditOf(cloud, requestId)).toMatchObject([
    {
      operation: "POST /t/:token/api/v1/mux/max-latency",
      path: "/t/***/api/v1/mux/max-latency",
      actor: { kind: "token", user: 1 },
    },
  ]);
});
