/** iot-local as a child process that can be killed and started again on the same folder. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { build } from "esbuild";
import { Fleet } from "./fleet.ts";
import { arn, clientsOf, freshCredentials, realm } from "./running-iot.ts";

/** So many seconds of iot-local in one of the test: what AWS allows in a second is not what bounds the load. */
const clockFactor = 100;

interface Up {
  readonly restUrl: string;
  readonly mqttPort: number;
  readonly caPem: string;
}

export class KillableIot {
  readonly #credentials = freshCredentials();
  readonly #folder: string;
  readonly #script: string;
  #mqttPort = 0;
  #child: ChildProcess | undefined;
  fleet!: Fleet;

  private constructor(folder: string, script: string) {
    this.#folder = folder;
    this.#script = script;
  }

  static async start(): Promise<KillableIot> {
    const folder = await mkdtemp(join(tmpdir(), "iot-local-kill-"));
    const script = await bundleChild();
    const killable = new KillableIot(folder, script);
    await killable.up();
    return killable;
  }

  /** Starts the process on the same folder and MQTT port as before. */
  async up(): Promise<void> {
    const child = spawn(process.execPath, [this.#script, JSON.stringify(this.#options())], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#child = child;
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`iot-local ended with ${code}`)));
    });
    const { restUrl, mqttPort, caPem } = JSON.parse(line) as Up;
    this.#mqttPort = mqttPort;
    this.fleet = new Fleet({
      ...clientsOf(restUrl, this.#credentials),
      mqttHost: "127.0.0.1",
      mqttPort,
      caPem,
      arn,
      // The child's clock runs faster, see child.ts.
      pass: () => delay(1_000 / clockFactor),
      close: () => this.close(),
    });
  }

  /** SIGKILL: nothing of the process gets a chance to finish. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }

  /** What the rules of the child were given, by all its processes, in order. */
  async events(): Promise<Record<string, unknown>[]> {
    const text = await readFile(this.#eventsFile(), "utf8").catch(() => "");
    return text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    await this.fleet.disconnect();
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
    await rm(join(this.#script, ".."), { recursive: true, force: true });
  }

  #eventsFile(): string {
    return join(this.#folder, "events.ndjson");
  }

  #options(): object {
    return {
      folder: join(this.#folder, "state"),
      eventsFile: this.#eventsFile(),
      host: "127.0.0.1",
      mqttPort: this.#mqttPort,
      serverNames: ["127.0.0.1"],
      ...realm,
      credentials: this.#credentials,
      clockFactor,
    };
  }
}

/** One file, so that the process starts fast; beside the installed packages, where the native one is found. */
async function bundleChild(): Promise<string> {
  const cache = fileURLToPath(new URL("../../../node_modules/.cache/", import.meta.url));
  await mkdir(cache, { recursive: true });
  const script = join(await mkdtemp(join(cache, "iot-local-")), "child.mjs");
  await build({
    entryPoints: [fileURLToPath(new URL("./child.ts", import.meta.url))],
    outfile: script,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    external: ["classic-level"],
    // Bundled CommonJS asks for require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: "error",
  });
  return script;
}
