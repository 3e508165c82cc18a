/** Rate limits on the running API: refused with `Retry-After`, and let through by who obeys it. */
import { createApp } from "@sightline/functions/http/app";
import { createEnrolApp } from "@sightline/functions/enrol/app";
import type { Rates } from "@sightline/functions/shared/rate-limit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const tight: Rates = {
  principal: { perSecond: 1, burst: 3 },
  address: { perSecond: 0.5, burst: 4 },
};

function caller(address = "198.51.100.1") {
  const app = createApp({ ...cloud.deps, rates: tight });
  return async (route: string, token: string) => {
    const headers = token === "" ? {} : { authorization: `Bearer ${token}` };
    const env = { incoming: { socket: { remoteAddress: address } } };
    const answer = await app.request(route, { headers }, env);
    const { code } = (await answer.json()) as { code?: string };
    return { status: answer.status, code, waitS: Number(answer.headers.get("retry-after")) };
  };
}

test("a principal that asks too much is refused, another one is not", async () => {
  const call = caller();
  const other = await cloud.addToken(["sites:read"]);
  for (let at = 0; at < 3; at += 1) expect((await call("/v1/sites", cloud.token)).status).toBe(200);
  const refused = await call("/v1/sites", cloud.token);
  expect(refused).toEqual({ status: 429, code: "request.throttled", waitS: 1 });
  expect((await call("/v1/sites", other)).status).toBe(200);
});

test("a client that waits as long as it is told gets everything done", async () => {
  const call = caller();
  let done = 0;
  let refusedInARow = 0;
  while (done < 12) {
    const { status, waitS } = await call("/v1/sites", cloud.token);
    if (status === 200) done += 1;
    refusedInARow = status === 429 ? refusedInARow + 1 : 0;
    expect(refusedInARow).toBeLessThanOrEqual(1);
    if (status === 429) cloud.deps.clock.advance(waitS * 1000);
  }
});

test("guesses cost the address, and are refused before the database is asked", async () => {
  const call = caller();
  const statuses: number[] = [];
  for (let at = 0; at < 5; at += 1) statuses.push((await call("/v1/sites", "slt_guess")).status);
  expect(statuses).toEqual([401, 401, 401, 401, 429]);
  expect((await call("/v1/health", "")).status).toBe(429);
  // Elsewhere nobody notices.
  expect((await caller("198.51.100.2")("/v1/sites", cloud.token)).status).toBe(200);
});

test("enrolments cost the address", async () => {
  const app = createEnrolApp({ ...cloud.deps, rates: tight });
  const statuses: number[] = [];
  for (let at = 0; at < 5; at += 1) {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify({ token: "x", csr: "x", sealingKey: "x" });
    statuses.push((await app.request("/v1/enrolments", { method: "POST", headers, body })).status);
  }
  expect(statuses).toEqual([400, 400, 400, 400, 429]);
});
