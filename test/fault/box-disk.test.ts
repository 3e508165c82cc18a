/** A full disk on the box: streams go on, what cannot be remembered is said, and nothing is left half-written. */
import { spawnSync } from "node:child_process";
import { appendFileSync, cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { decodeRecords } from "@sightline/edge-agent/journal/record";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Cameras } from "../support/cameras.ts";
import { FaultBox } from "../support/fault-box.ts";
import { convergedMs, inSync } from "../support/stream.ts";
import { System, type Answer } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

/** A mount namespace of the agent's own: as root, or as anybody where the kernel lets users have namespaces. */
const unshare = [["-m"], ["-Urm"]].find(
  (flags) => spawnSync("unshare", [...flags, "mount", "-t", "tmpfs", "none", "/mnt"]).status === 0,
);
const why = unshare ? "" : " (skipped: neither root nor a user namespace can mount here)";

/** Mounts a small disk on the agent's folder, puts the folder's content on it, and becomes the agent. */
const onSmallDisk = (folder: string, copy: string): readonly string[] => [
  ...["unshare", ...(unshare ?? []), "sh", "-c"],
  'mount -t tmpfs -o size=256k,mode=0700 none "$1" && cp -a "$2/." "$1/" && shift 2 && exec "$@"',
  ...["sh", folder, copy],
];

describe.skipIf(!unshare)(`a box whose disk is full${why}`, () => {
  let system: System;
  let cameras: Cameras;
  let box: FaultBox;
  beforeAll(async () => {
    [system, cameras] = await Promise.all([
      System.start({ args: ["--no-demo"] }),
      Cameras.start({ count: 2 }),
    ]);
    box = await FaultBox.make(system);
    const folder = path.join(box.agent.folder, "box");
    cpSync(folder, `${folder}.copy`, { recursive: true });
    await box.run([cameras], { within: onSmallDisk(folder, `${folder}.copy`) });
    await box.add("before", cameras.url(1));
    await box.allRun(["before"]);
  });
  afterAll(async () => {
    await box?.dispose();
    await cameras?.dispose();
    await system?.dispose();
  });

  /** The folder as the agent sees it. */
  const inside = (...names: string[]): string =>
    path.join(`/proc/${box.agent.pid}/root`, box.agent.folder, "box", ...names);

  function fill(): void {
    const block = Buffer.alloc(4096);
    for (;;)
      try {
        appendFileSync(inside("ballast"), block);
      } catch (error) {
        expect(error).toMatchObject({ code: "ENOSPC" });
        return;
      }
  }

  const set = (name: string, interval: number): Promise<Answer> =>
    system.call(`/v1/streams/${name}`, {
      method: "PATCH",
      body: { settings: { "decoder.dropFrameInterval": interval } },
      headers: { prefer: "wait=5" },
    });
  const problems = async (): Promise<readonly { readonly code: string }[]> =>
    (await box.device()).body.health?.problems ?? [];
  const forceIdr = async (): Promise<Record<string, unknown>> => {
    const { body } = await box.post(`/v1/devices/${box.name}/commands`, {
      kind: "stream.force-idr",
      args: { stream: "before" },
    });
    return waitFor(
      "the end of the command",
      async () => {
        const command = await system.call(`/v1/devices/${box.name}/commands/${body.id}`);
        return ["succeeded", "failed", "rejected"].includes(command.body.state) && command.body;
      },
      { timeoutMs: convergedMs },
    );
  };

  test("says so, obeys all the same, and refuses commands, which it could not remember", async () => {
    fill();
    let interval = 0;
    await waitFor(
      "the box says that its disk is full",
      async () => {
        interval = 1 + (interval % 4);
        await set("before", interval);
        return (await problems()).some(({ code }) => code === "device.disk-full");
      },
      { timeoutMs: convergedMs },
    );
    await box.add("meanwhile", cameras.url(2));
    await box.allRun(["before", "meanwhile"]);
    const { body } = await set("before", 1);
    expect(body.delta).toEqual({});
    expect(await forceIdr()).toMatchObject({
      state: "failed",
      error: { code: "device.disk-full" },
    });
  });

  test("recovers by itself when there is room, with everything on disk and nothing half-written", async () => {
    rmSync(inside("ballast"));
    await waitFor("no problem is left", async () => (await problems()).length === 0, {
      timeoutMs: convergedMs,
    });
    expect(await forceIdr()).toMatchObject({ state: "succeeded" });
    await inSync(system, box.name);
    const { records, damaged } = decodeRecords(readFileSync(inside("journal"), "utf8"));
    expect(damaged).toBe(0);
    const { body } = await system.call("/v1/streams?limit=10");
    for (const { id, revision } of body.items as { id: string; revision: number }[])
      expect(records.findLast(({ key }) => key === `stream/${id}`)?.value).toMatchObject({
        desired: { revision },
      });
    expect(readdirSync(inside()).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  test("has not stopped a stream meanwhile", async () => {
    for (const name of ["before", "meanwhile"])
      expect((await box.counters(name)).restarts, name).toBe(0);
  });
});
