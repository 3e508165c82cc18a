import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startDynoxide } from "@sightline/store/dynoxide";
import { createStore } from "@sightline/store/store";
import { ensureTables } from "@sightline/store/tables";
import { localClient } from "./engine.ts";
import { makeOrganization } from "./fixtures.ts";

const log = (): void => {};
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "sightline-dynoxide-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tables = { state: "sightline-state", telemetry: "sightline-telemetry" };

describe("dynoxide", () => {
  it("keeps what was acknowledged when it is killed, and makes its tables once", async () => {
    const data = join(folder, "data", "database");
    const organization = makeOrganization();
    const first = await startDynoxide({ folder: data, log });
    const before = localClient(first.url);
    await ensureTables(before, tables);
    await createStore({ client: before, tables }).organizations.create(organization);
    process.kill(first.pid, "SIGKILL");
    await first.close();
    before.destroy();

    const second = await startDynoxide({ folder: data, log });
    const after = localClient(second.url);
    await ensureTables(after, tables);
    const { organizations } = createStore({ client: after, tables });
    expect(await organizations.get(organization.id)).toEqual(organization);
    // With the client's connection still open.
    await second.close();
    await second.close();
    after.destroy();
    expect(isRunning(second.pid)).toBe(false);
  });

  it("refuses a port that is taken, and says why", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await expect(startDynoxide({ port, log })).rejects.toMatchObject({
      code: "store.unavailable",
      message: expect.stringContaining(`port ${port} is already in use`) as string,
    });
    server.close();
  });

  it("names the way out where there is no binary", async () => {
    const { arch } = process;
    Object.defineProperty(process, "arch", { value: "sparc" });
    try {
      await expect(startDynoxide({ log })).rejects.toMatchObject({
        code: "store.unavailable",
        message: expect.stringContaining("-sparc") as string,
        hint: expect.stringContaining("AWS_ENDPOINT_URL_DYNAMODB") as string,
      });
    } finally {
      Object.defineProperty(process, "arch", { value: arch });
    }
  });

  it.runIf(process.platform === "linux")(
    "does not start for a parent that is killed before the kernel knows of it",
    async () => {
      const late = lateSetpriv();
      const parent = await spawnParent(late.path);
      await waitFor(async () => existsSync(late.pidFile), "setpriv has begun");
      const pid = Number(readFileSync(late.pidFile, "utf8"));
      parent.kill("SIGKILL");
      await once(parent, "exit");
      late.goOn();
      try {
        await waitFor(async () => programOf(pid) === "", `${pid} has ended`);
      } finally {
        if (programOf(pid) !== "") process.kill(pid, "SIGKILL");
      }
    },
  );

  for (const [way, hasSetpriv] of [
    ["the kernel's word", true],
    ["a watching shell", false],
  ] as const) {
    it.runIf(process.platform === "linux")(`dies with its parent, by ${way}`, async () => {
      for (const signal of ["SIGKILL", "SIGTERM"] as const) {
        const { parent, port } = await startParent(hasSetpriv);
        expect(await answers(port)).toBe(true);
        parent.kill(signal);
        await once(parent, "exit");
        await waitFor(async () => !(await answers(port)), `port ${port} is closed`);
      }
    });

    it.runIf(process.platform === "linux")(`is closed by its parent, by ${way}`, async () => {
      const { parent, port } = await startParent(hasSetpriv);
      const startedMs = performance.now();
      parent.stdin?.end("close\n");
      await once(parent, "exit");
      expect(performance.now() - startedMs).toBeLessThan(5_000);
      expect(await answers(port)).toBe(false);
    });
  }
});

async function startParent(hasSetpriv: boolean): Promise<{ parent: ChildProcess; port: number }> {
  const parent = await spawnParent(hasSetpriv ? process.env["PATH"] : folderWithoutSetpriv());
  const [line] = (await once(createInterface({ input: parent.stdout }), "line")) as [string];
  return { parent, port: Number(new URL(line).port) };
}

/** A process of its own that starts dynoxide and closes it when told. */
async function spawnParent(PATH: string | undefined) {
  const file = join(folder, "parent.mjs");
  await build({
    stdin: {
      contents: `
        import { startDynoxide } from "@sightline/store/dynoxide";
        const dynoxide = await startDynoxide({ log() {} });
        console.log(dynoxide.url);
        process.stdin.once("data", async () => { await dynoxide.close(); process.exit(); });
      `,
      resolveDir: import.meta.dirname,
    },
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    define: { "import.meta.url": JSON.stringify(import.meta.url) },
  });
  return spawn(process.execPath, [file], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, PATH },
  });
}

function folderWithoutSetpriv(): string {
  const bin = join(folder, "bin");
  mkdirSync(bin, { recursive: true });
  for (const tool of ["sh", "cat"]) {
    rmSync(join(bin, tool), { force: true });
    symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  }
  return bin;
}

/**
 * Puts before the real one a setpriv that writes down its pid, which the program will have, and waits; but for the probe.
 * Its standard error goes nowhere, lest the broken pipe end what should have ended before.
 */
function lateSetpriv() {
  const bin = mkdtempSync(join(folder, "late-"));
  const [pidFile, gate] = [join(bin, "pid"), join(bin, "gate")];
  execFileSync("mkfifo", [gate]);
  const wait = `[ "$3" = true ] || { echo $$ >${pidFile}.new; mv ${pidFile}.new ${pidFile}; read -r _ <${gate}; }`;
  const real = execFileSync("which", ["setpriv"], { encoding: "utf8" }).trim();
  const script = `#!/bin/sh\n${wait}\nexec ${real} "$@" 2>/dev/null\n`;
  writeFileSync(join(bin, "setpriv"), script, { mode: 0o755 });
  return {
    path: `${bin}:${process.env["PATH"]}`,
    pidFile,
    goOn: () => writeFileSync(gate, "\n"),
  };
}

/** Empty when it has ended, though perhaps nobody has taken notice. */
function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}

const answers = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitFor(holds: () => Promise<boolean>, what: string): Promise<void> {
  const limitMs = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > limitMs) throw new Error(`waited in vain: ${what}`);
    await pause(20);
  }
}
