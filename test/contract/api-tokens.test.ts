/** Tokens over `/v1`. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { expectProblem } from "../support/problem.ts";

let cloud: Cloud;
let box: Box;
beforeAll(async () => {
  cloud = await startCloud();
  box = await cloud.addBox();
});
afterAll(() => cloud.close());

const issue = (some: object = {}, token = cloud.token) =>
  cloud.call("/v1/tokens", { body: { name: "script", scopes: ["sites:read"], ...some }, token });

describe("a token", () => {
  test("is shown once, does what it may, and nothing else", async () => {
    const { status, body } = await issue();
    expect(status).toBe(201);
    const { token, ...rest } = body as { token: string; id: string };
    expect(token).toMatch(/^slt_[\w-]{43}$/);
    expect(rest).toMatchObject({
      name: "script",
      audience: "api",
      device: null,
      expiresAtMs: null,
    });
    const listed = await cloud.call("/v1/tokens");
    expect(listed.body.items).toContainEqual(rest);
    expect(listed.text).not.toContain(token);
    expect((await cloud.call("/v1/sites", { token })).status).toBe(200);
    expectProblem(await cloud.call("/v1/devices", { token }), "auth.forbidden");
  });

  test("is no longer let in once it is revoked", async () => {
    const { token, id } = (await issue()).body;
    const revoke = () => cloud.call(`/v1/tokens/${id}`, { method: "DELETE" });
    expect((await revoke()).status).toBe(204);
    expectProblem(await cloud.call("/v1/sites", { token }), "auth.required");
    expectProblem(await revoke(), "token.not-found");
  });

  test("ends when it was said to", async () => {
    const nowMs = cloud.deps.clock.nowMs();
    const { token } = (await issue({ expiresAtMs: nowMs + 60_000 })).body;
    expect((await cloud.call("/v1/sites", { token })).status).toBe(200);
    cloud.deps.clock.advance(60_000);
    expectProblem(await cloud.call("/v1/sites", { token }), "auth.required");
    expectProblem(await issue({ expiresAtMs: nowMs }), "input.invalid");
  });

  test.each([{ scopes: ["*"] }, { scopes: ["sites:read", "streams:read"] }])(
    "may do no more than who makes it: %j",
    async (some) => {
      const { token } = (await issue({ scopes: ["tokens:write", "sites:read"] })).body;
      const answer = await issue(some, token);
      expectProblem(answer, "auth.forbidden");
      expect((await issue({}, token)).status).toBe(201);
    },
  );

  test("may stand in place of a login, or of its password", async () => {
    const { token } = (await issue()).body;
    for (const userinfo of [`${token}:`, `x:${token}`, `:${token}`, token]) {
      const authorization = `Basic ${Buffer.from(userinfo).toString("base64")}`;
      const call = { token: "", headers: { authorization } };
      expect((await cloud.call("/v1/sites", call)).status).toBe(200);
    }
  });

  test("of a device is good for nothing in /v1", async () => {
    const { body } = await issue({ scopes: ["*"], device: box.name });
    expect(body).toMatchObject({ audience: "deepstream", device: box.device });
    expectProblem(await cloud.call("/v1/sites", { token: body.token }), "auth.forbidden");
    expectProblem(await issue({ device: "nobody" }), "device.not-found");
  });

  test("of a device goes with it, others stay", async () => {
    const gone = await cloud.addBox();
    const bound = (await issue({ device: gone.device })).body;
    const [other, free] = [(await issue({ device: box.device })).body, (await issue()).body];
    const path = `/v1/devices/${gone.device}`;
    expect((await cloud.call(path, { method: "DELETE" })).status).toBe(204);
    const { items } = (await cloud.call("/v1/tokens?limit=100")).body;
    const ids = items.map(({ id }: { id: string }) => id);
    expect(ids).not.toContain(bound.id);
    expect(ids).toEqual(expect.arrayContaining([other.id, free.id]));
    expectProblem(await cloud.call("/v1/sites", { token: bound.token }), "auth.required");
  });

  test("that is asked for twice with one key is one", async () => {
    const call = {
      body: { name: "keyed", scopes: ["sites:read"] },
      headers: { "idempotency-key": "token-1" },
    };
    const [first, second] = [
      await cloud.call("/v1/tokens", call),
      await cloud.call("/v1/tokens", call),
    ];
    expect(second.body).toEqual(first.body);
  });
});
