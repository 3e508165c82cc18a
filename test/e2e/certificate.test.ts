/** Certificates of boxes that run: renewed at two thirds of their life, replaced by an enrolment, expired, revoked with the device. */
import { createHash, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RemoteAgent } from "../support/remote-agent.ts";
import { convergedMs } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

/** Renewed after 10 to 11 s; at 15 s it would be over. */
const lifeMs = 15_000;
const renewedMs = 20_000;

interface Identity {
  readonly thing: string;
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly caPem: string;
  readonly mqtt: { readonly host: string; readonly port: number };
}

let system: System;
let steady: RemoteAgent;
let killed: RemoteAgent;

beforeAll(async () => {
  system = await System.start({ args: ["--no-demo", "--certificate-life", `${lifeMs / 1000}s`] });
  await system.call("/v1/sites", { method: "POST", body: { name: "demo" } });
  [steady, killed] = await Promise.all([RemoteAgent.make(), RemoteAgent.make()]);
});
afterAll(async () => {
  await Promise.all([steady.dispose(), killed.dispose()]);
  await system.dispose();
});

const fileOf = (agent: RemoteAgent, name: string): string => path.join(agent.folder, "box", name);
const identityOf = (agent: RemoteAgent): Identity =>
  JSON.parse(readFileSync(fileOf(agent, "identity.json"), "utf8")) as Identity;
const idOf = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
const deviceOf = async (name: string) => (await system.call(`/v1/devices/${name}`)).body;

async function enrol(agent: RemoteAgent, name: string): Promise<void> {
  const { body } = await system.call(`/v1/devices/${name}/enrolments`, { method: "POST" });
  const { status, output } = agent.enrol(system.ready.api, String(body.token));
  expect([status, output]).toEqual([0, expect.any(String)]);
}

async function join(agent: RemoteAgent, name: string): Promise<Identity> {
  await system.call("/v1/devices", { method: "POST", body: { name, site: "demo" } });
  await enrol(agent, name);
  agent.run([]);
  await waitFor(`${name} is online`, async () => (await deviceOf(name)).online === true, {
    timeoutMs: convergedMs,
  });
  return identityOf(agent);
}

/** The box holds another certificate than before, alone, and the cloud knows it as the one in force. */
const changesOver = (agent: RemoteAgent, name: string, before: Identity): Promise<unknown> =>
  waitFor(
    `${name} has changed over`,
    async () => {
      const { certificateId } = await deviceOf(name);
      if (certificateId === idOf(before.certificatePem)) return false;
      return (
        idOf(identityOf(agent).certificatePem) === certificateId &&
        !existsSync(fileOf(agent, "renewal.json"))
      );
    },
    { timeoutMs: renewedMs, pollMs: 100 },
  );

/** Whether the gateway lets somebody in by this identity: a copy of the box's folder, say. */
async function mayConnect(identity: Identity): Promise<boolean> {
  const client = mqtt.connect(`mqtts://${identity.mqtt.host}:${identity.mqtt.port}`, {
    protocolVersion: 4,
    clientId: identity.thing,
    ca: identity.caPem,
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    reconnectPeriod: 0,
  });
  try {
    return await new Promise<boolean>((resolve) => {
      client.once("connect", () => resolve(true));
      client.once("error", () => resolve(false));
      client.once("close", () => resolve(false));
    });
  } finally {
    await client.endAsync(true);
  }
}

test("boxes renew in time, one of them killed while it changes over; the old certificates are revoked", async () => {
  const [first, second] = [await join(steady, "steady"), await join(killed, "killed")];
  await waitFor("a renewal has begun", () => existsSync(fileOf(killed, "renewal.json")), {
    timeoutMs: renewedMs,
    pollMs: 1,
  });
  await killed.kill();
  killed.run([]);
  await Promise.all([changesOver(steady, "steady", first), changesOver(killed, "killed", second)]);
  for (const name of ["steady", "killed"])
    expect(await deviceOf(name)).toMatchObject({ online: true });
  expect(await Promise.all([first, second].map(mayConnect))).toEqual([false, false]);
});

test("a box that enrols anew goes on as that without a restart", async () => {
  const before = identityOf(steady);
  const { pid } = steady;
  await enrol(steady, "steady");
  const after = identityOf(steady);
  expect(after.certificatePem).not.toBe(before.certificatePem);
  await waitFor(
    "it says so itself",
    async () => {
      const { online, onlineSinceAtMs } = await deviceOf("steady");
      return online && steady.log.includes("enrolled anew") && onlineSinceAtMs;
    },
    { timeoutMs: convergedMs },
  );
  await changesOver(steady, "steady", before);
  expect(steady.pid).toBe(pid);
  expect(await mayConnect(before)).toBe(false);
});

test("a box whose device is deleted is cut off, says what to do, and does not keep knocking", async () => {
  const identity = identityOf(killed);
  killed.log = "";
  expect((await system.call("/v1/devices/killed", { method: "DELETE" })).status).toBe(204);
  await waitFor(
    "the box says what to do",
    () => killed.log.includes("enrol again") || Promise.reject(new Error(killed.log)),
    { timeoutMs: convergedMs },
  );
  const attempts = killed.log.match(/next attempt in \d+/g) ?? [];
  const waitsMs = attempts.map((text) => Number(text.split(" ").at(-1)));
  expect(waitsMs.at(-1)).toBeGreaterThan(2 * (waitsMs[0] ?? 0));
  expect(attempts.length).toBeLessThan(8);
  expect(await mayConnect(identity)).toBe(false);
  expect((await system.call("/v1/devices/killed")).status).toBe(404);
});

test("a running agent whose box becomes another device ends, to be started as that", async () => {
  await system.call("/v1/devices", { method: "POST", body: { name: "other", site: "demo" } });
  await enrol(killed, "other");
  await waitFor("it ends", () => !killed.isRunning, { timeoutMs: 40_000 });
  // What it wrote last may come after its end.
  await waitFor("it says why", () => killed.log.includes("enrolled as another device"), {
    timeoutMs: convergedMs,
  });
  killed.run([]);
  await waitFor("other is online", async () => (await deviceOf("other")).online === true, {
    timeoutMs: convergedMs,
  });
});

test("a box that was away until its certificate had expired says what to do, and goes on once it has", async () => {
  await steady.kill();
  // Also the next one, if it was killed while it changed over; certificates count whole seconds.
  const expiresAtMs = Date.now() + lifeMs + 1000;
  await waitFor("its certificates have expired", () => Date.now() > expiresAtMs, {
    timeoutMs: renewedMs,
  });
  expect(await deviceOf("steady")).toMatchObject({ certificateState: "expired" });
  steady.log = "";
  steady.run([]);
  await waitFor("the box says what to do", () => steady.log.includes("enrol again"), {
    timeoutMs: convergedMs,
  });
  expect(await mayConnect(identityOf(steady))).toBe(false);
  await enrol(steady, "steady");
  await waitFor("it is online", async () => (await deviceOf("steady")).online === true, {
    timeoutMs: convergedMs,
  });
});
