/** The database killed under the running system, again and again: nothing acknowledged is lost, and nobody is left hanging. */
import { errorTable } from "@sightline/contracts/errors";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import type { Box } from "../support/box.ts";
import { converged } from "../support/convergence.ts";
import { freshName } from "../support/names.ts";
import { isAlive, signal } from "../support/process.ts";
import { convergedMs } from "../support/stream.ts";
import { addBox, apiOf } from "../support/system-api.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
let box: Box;
beforeAll(async () => {
  system = await System.start({ args: ["--no-demo"] });
  box = await (await addBox(system)).comeOnline({ persistent: true });
});
afterAll(async () => {
  await box?.disconnect();
  await system.dispose();
});

const source = { url: "rtsp://192.0.2.1/1" };
const create = (name: string): Promise<Answer> =>
  apiOf(system).call("/v1/streams", { body: { name, device: box.device, source } });

/** SIGKILL; resolves with the pid that it had. */
async function killDatabase(): Promise<number> {
  const pid = await waitFor(
    "a database",
    () => isAlive(system.ready.pids.database) && system.ready.pids.database,
    { timeoutMs: convergedMs, pollMs: 10 },
  );
  signal(pid, "SIGKILL");
  await waitFor("it is gone", () => !isAlive(pid), { timeoutMs: convergedMs });
  return pid;
}

const anotherDatabase = (pid: number): Promise<number> =>
  waitFor(
    "another database",
    () => system.ready.pids.database !== pid && system.ready.pids.database,
    { timeoutMs: convergedMs },
  );

/** The documented refusal of an API whose database is away. */
function expectUnavailable({ status, headers, body }: Answer): void {
  const code = "store.unavailable";
  expect({ status, code: body.code }).toEqual({ status: errorTable[code].status, code });
  expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
}

test("kill -9 of the database: it is back on its port with everything, and requests go through", async () => {
  const name = freshName("s");
  expect((await create(name)).status).toBe(201);
  const pid = await killDatabase();
  await anotherDatabase(pid);
  await waitFor("the API works", async () => (await system.call("/v1/health")).status === 200, {
    timeoutMs: convergedMs,
  });
  expect((await system.call(`/v1/streams/${name}`)).status).toBe(200);
  expect((await create(freshName("s"))).status).toBe(201);
  await converged(system, box.device);
});

test("while it is away requests are answered 503, and what was answered 201 is there afterwards", async () => {
  const accepted: string[] = [];
  let refused = 0;
  // Each of its lives is shorter than the pause before it: sooner or later a request finds nobody.
  await waitFor(
    "a refusal",
    async () => {
      await killDatabase();
      const names = Array.from({ length: 4 }, () => freshName("s"));
      const answers = await Promise.all(names.map(create));
      for (const [at, answer] of answers.entries()) {
        if (answer.status === 201) accepted.push(names[at] ?? "");
        else expectUnavailable(answer);
        refused += answer.status === 503 ? 1 : 0;
      }
      return refused > 0;
    },
    { timeoutMs: 30_000 },
  );
  await waitFor("the API works", async () => (await system.call("/v1/health")).status === 200, {
    timeoutMs: convergedMs,
  });
  const last = freshName("s");
  expect((await create(last)).status).toBe(201);
  for (const name of [...accepted, last])
    expect((await system.call(`/v1/streams/${name}`)).status, name).toBe(200);
  await converged(system, box.device);
});

test("what boxes say while it is away is taken in when it is back", async () => {
  const { body } = await create(freshName("s"));
  const given = await apiOf(system).call(`/v1/devices/${box.device}/commands`, {
    body: { kind: "stream.force-idr", args: { stream: body.id } },
  });
  const { id } = await box.nextCommand();
  expect(id).toBe(given.body.id);
  let pid = 0;
  // Until it is away for longer than the gateway tries to hand an event on.
  for (let kill = 0; kill < 6; kill += 1) pid = await killDatabase();
  // The broker has taken them: the box does not say them again.
  await box.ack(id, "acknowledged");
  await box.ack(id, "succeeded", { result: { idrFrames: 1 } });
  await box.report(String(body.id), 1);
  await anotherDatabase(pid);
  await waitFor(
    "the command has succeeded, and the stream runs",
    async () => {
      const command = await system.call(`/v1/devices/${box.device}/commands/${id}`);
      const stream = await system.call(`/v1/streams/${body.id}`);
      const seen = [command.body.state, stream.body.state].join();
      return seen === "succeeded,running" || Promise.reject(new Error(seen));
    },
    { timeoutMs: convergedMs },
  );
});

test("the system ends cleanly while its database is away, and leaves none behind", async () => {
  await killDatabase();
  await system.stop();
  await system.start();
  const { pids } = system.ready;
  await system.stop();
  for (const pid of Object.values(pids))
    await waitFor(`${pid} is gone`, () => !isAlive(pid), { timeoutMs: 5_000 });
  await system.start();
  expect((await system.call("/v1/streams")).body.items.length).toBeGreaterThan(2);
});
