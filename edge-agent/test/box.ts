/** A box: the bundled agent in a folder of its own, with the real pipeline; and the cameras around it. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  effectiveSettings,
  streamSettingKeys,
  type StreamSettings,
} from "@sightline/contracts/settings";
import { Child } from "./child.ts";
import type { TestCloud } from "./cloud.ts";

const folderOf = new URL("..", import.meta.url).pathname;
const nativeBuild = join(folderOf, "../native/build");
export const pipelineBin = join(nativeBuild, "sightline-pipeline");
const camerasBin = join(nativeBuild, "sightline-demo-cameras");

/** The bundle as a box gets it, made once per test file. */
let bundle: string | undefined;

export function agentBundle(): string {
  if (bundle) return bundle;
  execFileSync(process.execPath, [join(folderOf, "bundle.mjs")], { stdio: "pipe" });
  bundle = join(folderOf, "dist/sightline-agent.cjs");
  return bundle;
}

/** What a stream with these settings shows on a box that has no folder for tracker files. */
export function shownSettings(settings: StreamSettings = {}): object {
  const effective = effectiveSettings(settings);
  const shown = streamSettingKeys.filter((key) => key !== "tracker.configPath");
  return Object.fromEntries(shown.map((key) => [key, effective[key]]));
}

export interface Ready {
  readonly pid: number;
  readonly pipelinePid: number;
  readonly pipelineUrl: string;
}

export class Box {
  readonly folder: string;
  readonly #agents: Child[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async make(): Promise<Box> {
    return new Box(await mkdtemp(join(tmpdir(), "agent-box-")));
  }

  /** Runs `enrol` to its end. */
  async enrol(url: string, token: string): Promise<Child> {
    const child = new Child(process.execPath, [
      ...[agentBundle(), "enrol", "--dir", this.folder],
      ...["--url", url, "--token", token],
    ]);
    this.#agents.push(child);
    await child.ended(20_000);
    return child;
  }

  async enrolAt(cloud: TestCloud): Promise<void> {
    const child = await this.enrol(cloud.url, cloud.token());
    if (child.exit?.code !== 0) throw new Error(child.errors.join("\n"));
  }

  /** Starts the agent; does not wait for it. */
  run(options: readonly string[] = []): Child {
    if (!existsSync(pipelineBin) && !options.includes("--pipeline-url"))
      throw new Error("build the pipeline first: npm run native");
    const child = new Child(process.execPath, [
      ...[agentBundle(), "run", "--dir", this.folder, "--exit-with-parent"],
      ...["--pipeline-bin", pipelineBin, "--pipeline-port", "0", "--rtsp-port", "0"],
      ...options,
    ]);
    this.#agents.push(child);
    return child;
  }

  async runUntilReady(options: readonly string[] = []): Promise<{ agent: Child; ready: Ready }> {
    const agent = this.run(options);
    const ready = await agent.json<Ready>((line) => line["ready"] === true);
    return { agent, ready };
  }

  async close(): Promise<void> {
    for (const agent of this.#agents) {
      if (agent.exit) continue;
      agent.signal("SIGTERM");
      await agent.ended().catch(() => agent.kill());
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface Cameras {
  readonly child: Child;
  readonly port: number;
  /** `ADDR:PORT` for --allow-source. */
  readonly address: string;
  url(number: number): string;
}

export interface CameraLogin {
  readonly user: string;
  readonly password: string;
}

export async function startCameras(count: number, login?: CameraLogin): Promise<Cameras> {
  const port = await freePort();
  const args = ["--port", String(port), "--count", String(count), "--exit-with-parent"];
  if (login) {
    const file = join(await mkdtemp(join(tmpdir(), "agent-camera-")), "password");
    await writeFile(file, login.password, { mode: 0o600 });
    args.push("--user", login.user, "--password-file", file);
  }
  const child = new Child(camerasBin, args);
  await child.json((line) => line["ready"] === true);
  return {
    child,
    port,
    address: `127.0.0.1:${port}`,
    url: (number) => `rtsp://127.0.0.1:${port}/camera-${number}`,
  };
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
