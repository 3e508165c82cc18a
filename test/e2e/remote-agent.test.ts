import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RemoteAgent } from "../support/remote-agent.ts";
import { convergedMs, framesFlow, inSync, stateOf } from "../support/stream.ts";
import { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

const authority = (url: string | undefined): string =>
  new URL((url ?? "").replace("rtsp:", "http:")).host;

async function register(system: System, name: string): Promise<string> {
  const device = await system.call("/v1/devices", { method: "POST", body: { name, site: "demo" } });
  expect(device.status).toBe(201);
  return token(system, name);
}

async function token(system: System, name: string): Promise<string> {
  const { status, body } = await system.call(`/v1/devices/${name}/enrolments`, { method: "POST" });
  expect(status).toBe(201);
  return String(body.token);
}

const isOnline = async (system: System, name: string): Promise<boolean> =>
  (await system.call(`/v1/devices/${name}`)).body.online === true;

describe("on an address that is not the default", () => {
  let system: System;
  let agent: RemoteAgent;
  beforeAll(async () => {
    system = await System.start({ args: ["--host", "127.0.0.2", "--cameras", "1"] });
    agent = await RemoteAgent.make();
  });
  afterAll(async () => {
    await agent.dispose();
    await system.dispose();
  });

  test("a box enrols from another folder, and runs a stream", async () => {
    expect(system.ready.api).toContain("127.0.0.2");
    const { status, output } = agent.enrol(system.ready.api, await register(system, "box-1"));
    expect([status, output]).toEqual([0, expect.any(String)]);
    const [url] = system.ready.cameras;
    agent.run([authority(url)]);
    await waitFor("box-1 is online", () => isOnline(system, "box-1"), { timeoutMs: convergedMs });
    await system.call("/v1/streams", {
      method: "POST",
      body: { name: "remote", device: "box-1", source: { url } },
    });
    await framesFlow(system, "remote");
    const body = await waitFor(
      "the box names its pipeline",
      async () => {
        const device = await system.call("/v1/devices/box-1");
        return device.body.versions.pipeline !== "" && device.body;
      },
      { timeoutMs: convergedMs },
    );
    for (const fact of ["hardwareId", "os", "localIp", "timeZone"])
      expect(body.facts[fact], fact).not.toBe("");
    expect(body.versions).toMatchObject({ backend: "software" });
    expect(body.health.partitions.length).toBeGreaterThan(0);
    expect(body.health.memory.totalBytes).toBeGreaterThan(0);
  });

  test("streams added, changed and removed while the box is offline are carried out when it is back", async () => {
    const [url] = system.ready.cameras;
    await system.call("/v1/streams", {
      method: "POST",
      body: { name: "to-remove", device: "box-1", source: { url } },
    });
    const created = await system.call("/v1/streams/to-remove");
    await waitFor(
      "the box names the stream in its manifest",
      async () => {
        const { body } = await system.call("/v1/devices/box-1/shadow");
        return body.shadows[0].reported.manifest[created.body.id];
      },
      { timeoutMs: convergedMs },
    );
    await agent.stop();
    const added = await system.call("/v1/streams", {
      method: "POST",
      body: { name: "added-offline", device: "box-1", source: { url } },
    });
    const changed = await system.call("/v1/streams/remote", {
      method: "PATCH",
      body: { settings: { "decoder.dropFrameInterval": 3 } },
    });
    const removed = await system.call("/v1/streams/to-remove", { method: "DELETE" });
    expect([added.status, changed.status, removed.status]).toEqual([201, 200, 204]);
    const { body: shadow } = await system.call("/v1/devices/box-1/shadow");
    expect(Object.keys(shadow.delta)).toHaveLength(3);
    agent.run([authority(url)]);
    await inSync(system, "box-1");
    await framesFlow(system, "added-offline");
    const { body } = await system.call("/v1/streams/remote");
    expect(body.reported.applied.settings["decoder.dropFrameInterval"]).toBe(3);
    const list = await system.call("/v1/streams");
    expect(list.body.items.map(({ name }: { name: string }) => name)).not.toContain("to-remove");
  });

  test("a used token is refused, and a replaced box takes the old one's place", async () => {
    await agent.stop();
    const replacement = await RemoteAgent.make();
    try {
      const fresh = await token(system, "box-1");
      expect(replacement.enrol(system.ready.api, fresh).status).toBe(0);
      const again = await RemoteAgent.make();
      const refused = again.enrol(system.ready.api, fresh);
      await again.dispose();
      expect(refused.status).not.toBe(0);
      expect(refused.output).toContain("enrolment");
      replacement.run([authority(system.ready.cameras[0])]);
      await inSync(system, "box-1");
      await framesFlow(system, "remote");
      // The old box's certificate is revoked: it does not get in any more.
      agent.log = "";
      agent.run([]);
      await waitFor("the old box is refused", () => /connect/i.test(agent.log), {
        timeoutMs: convergedMs,
      });
      await framesFlow(system, "remote");
    } finally {
      await replacement.dispose();
    }
  });

  test("a device with streams is only deleted with unplace, and its streams wait", async () => {
    const refused = await system.call("/v1/devices/box-1", { method: "DELETE" });
    expect([refused.status, refused.body.code]).toEqual([409, "device.has-streams"]);
    const { status } = await system.call("/v1/devices/box-1?unplace=true", { method: "DELETE" });
    expect(status).toBe(204);
    expect(await stateOf(system, "remote")).toBe("waiting");
    const moved = await system.call("/v1/streams/remote", {
      method: "PATCH",
      body: { device: "jetson-1" },
      headers: { prefer: "wait=10" },
    });
    expect([moved.status, moved.body.state]).toEqual([200, "running"]);
  });
});

describe("over HTTPS with the folder's own CA", () => {
  let system: System;
  let agent: RemoteAgent;
  beforeAll(async () => {
    system = await System.start({ args: ["--host", "127.0.0.2", "--https", "--no-demo"] });
    agent = await RemoteAgent.make();
  });
  afterAll(async () => {
    await agent.dispose();
    await system.dispose();
  });

  test("the token pins the CA: the right one enrols, another is refused", async () => {
    expect(system.ready.api).toMatch(/^https:\/\/127\.0\.0\.2:/);
    await system.call("/v1/sites", { method: "POST", body: { name: "demo" } });
    const good = await register(system, "box-2");
    const fingerprint = good.slice(good.lastIndexOf(".") + 1);
    const forged = good.replace(fingerprint, "0".repeat(64));
    const refused = agent.enrol(system.ready.api, forged);
    expect([refused.status === 0, refused.output]).toEqual([false, expect.stringMatching(/CA/)]);
    expect(agent.enrol(system.ready.api, good).status).toBe(0);
    agent.run([]);
    await waitFor("box-2 is online", () => isOnline(system, "box-2"), { timeoutMs: convergedMs });
  });
});
