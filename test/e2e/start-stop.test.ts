import { spawn, spawnSync } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { existsSync, readFileSync, statSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { isAlive, signal } from "../support/process.ts";
import { root, System, type Ready } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";

let system: System;
beforeAll(async () => {
  system = await System.start({ args: ["--cameras", "1"] });
});
afterAll(() => system.dispose());

const startAgain = (args: readonly string[]) =>
  spawnSync(process.execPath, [path.join(root, "dist/all-in-one/main.mjs"), ...args], {
    encoding: "utf8",
    timeout: 20_000,
  });

test("ready.json names everything, for its owner only", () => {
  const { ready } = system;
  expect(Object.keys(ready).toSorted()).toEqual([
    "admin",
    "api",
    "cameras",
    "deepstream",
    "device",
    "mqtt",
    "organization",
    "pid",
    "pids",
    "pipeline",
    "site",
  ]);
  expect(Object.keys(ready.admin).toSorted()).toEqual(["login", "password", "token"]);
  expect([ready.site, ready.device]).toEqual(["demo", "jetson-1"]);
  expect(ready.cameras).toHaveLength(1);
  for (const pid of Object.values(ready.pids)) expect(isAlive(pid)).toBe(true);
  for (const name of ["ready.json", "admin.json", "secrets.json"])
    expect(statSync(system.file(name)).mode & 0o777).toBe(0o600);
});

test("the table on the screen shows how to get in and how to stop", async () => {
  for (const text of [
    system.ready.api,
    system.ready.deepstream,
    "admin",
    "camera-1",
    "running",
    "Ctrl-C",
  ])
    await waitFor(text, () => system.output.includes(text), { timeoutMs: 5_000 });
});

test("the demo box takes tracker and analytics files from a folder beside the data", async () => {
  const prefer = { prefer: "wait=10" };
  const configPath = system.file("analytics", "tracker.yml");
  await writeFile(configPath, "%YAML:1.0\nTargetManagement:\n  probationAge: 3\n");
  const settings = { "tracker.configPath": configPath };
  const patch = { method: "PATCH", headers: prefer };
  const set = await system.call("/v1/streams/camera-1", { ...patch, body: { settings } });
  expect(set).toMatchObject({ status: 200, body: { reported: { applied: { settings } } } });

  await writeFile(
    system.file("analytics", "config_nvdsanalytics.txt"),
    "[property]\nenable=1\nconfig-width=640\nconfig-height=360\n",
  );
  const command = await system.call(`/v1/devices/${system.ready.device}/commands`, {
    method: "POST",
    headers: prefer,
    body: { kind: "device.reload-analytics", args: { configPath } },
  });
  expect(command.body).toMatchObject({ state: "succeeded" });

  const elsewhere = { "tracker.configPath": system.file("ready.json") };
  const refused = await system.call("/v1/streams/camera-1", {
    ...patch,
    body: { settings: elsewhere },
  });
  expect(refused.body.error.code).toBe("native.refused");
  await system.call("/v1/streams/camera-1", {
    ...patch,
    body: { settings: { "tracker.configPath": null } },
  });
});

test("a second start on the same folder is refused", () => {
  const { status, stderr } = startAgain(["--data", system.folder, "--port", "0"]);
  expect(status).not.toBe(0);
  expect(stderr).toContain("another sightline runs on");
  expect(stderr).toContain("--data");
  expect(isAlive(system.pid)).toBe(true);
});

test.each(["--port", "--deepstream-port"])(
  "a port that is taken is refused with what to do: %s",
  async (option) => {
    const other = createServer().listen(0, "127.0.0.1");
    await waitFor("a listener", () => other.listening, { timeoutMs: 5_000 });
    const { port } = other.address() as AddressInfo;
    const folder = system.file("elsewhere");
    const { status, stderr } = startAgain(["--data", folder, option, String(port), "--no-demo"]);
    other.close();
    expect(status).toBe(2);
    expect(stderr).toContain(`port ${port}`);
    expect(stderr).toContain(option);
  },
);

test("wrong options are refused with the option's name", () => {
  for (const args of [
    ["--port", "x"],
    ["--deepstream-port", "70000"],
    ["--cameras", "99"],
    ["--host", "nowhere"],
    ["--nope"],
  ]) {
    const { status, stderr } = startAgain(args);
    expect([status, stderr.includes(String(args[0]))]).toEqual([2, true]);
  }
});

/** As on a platform for which there is no package of the embedded database. */
const withoutDatabase = `data:text/javascript,
  import Module from "node:module";
  const resolve = Module._resolveFilename;
  Module._resolveFilename = (name, ...rest) => {
    if (name.startsWith("@dynoxide/")) throw new Error("Cannot find module " + name);
    return resolve(name, ...rest);
  };`;

test("without the embedded database's binary the error names the way out", () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      ...["--import", withoutDatabase],
      path.join(root, "dist/all-in-one/main.mjs"),
      ...["--data", system.file("unsupported"), "--port", "0", "--no-demo"],
    ],
    { encoding: "utf8", timeout: 20_000 },
  );
  expect(status).toBe(1);
  expect(stderr).toContain("AWS_ENDPOINT_URL_DYNAMODB");
});

test("SIGTERM and SIGINT end every process within 5 s", async () => {
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    const { pids } = system.ready;
    signal(system.pid, name);
    for (const [part, pid] of Object.entries(pids))
      await waitFor(`${part} is gone`, () => !isAlive(pid), { timeoutMs: 5_000 });
    await system.start();
  }
});

test("a stopped agent does not keep the system from ending", async () => {
  const { pids } = system.ready;
  signal(pids.agent, "SIGSTOP");
  signal(system.pid, "SIGTERM");
  for (const [part, pid] of Object.entries(pids))
    await waitFor(`${part} is gone`, () => !isAlive(pid), { timeoutMs: 5_000 });
  await system.start();
});

test("what npm start runs ends with it, however it ends", async () => {
  const folder = system.file("by-npm");
  const ready = path.join(folder, "ready.json");
  const script = path.join(root, "packages/toolchain/start.mjs");
  const args = [script, "--data", folder, "--port", "0", "--no-demo"];
  for (const name of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
    const starter = spawn(process.execPath, args, { stdio: "ignore" });
    const pids = await waitFor(
      "ready.json",
      () => existsSync(ready) && (JSON.parse(readFileSync(ready, "utf8")) as Ready).pids,
      { timeoutMs: 30_000 },
    );
    signal(starter.pid ?? 0, name);
    for (const [part, pid] of Object.entries({ ...pids, starter: starter.pid ?? 0 }))
      await waitFor(`${part} is gone`, () => !isAlive(pid), { timeoutMs: 5_000 });
    await rm(ready, { force: true });
  }
});
