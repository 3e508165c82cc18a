/** Demo cameras and a pipeline host by themselves. */
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { deepstreamPaths, sightlinePaths } from "@sightline/contracts/pipeline-paths";
import type { PipelineDetection, PipelineStream } from "@sightline/contracts/pipeline-api";
import { root } from "../support/system.ts";

const build = path.join(root, "native/build");

type Said = Readonly<Record<string, unknown>>;

interface Started {
  readonly child: ChildProcess;
  /** Its first line, which says where it listens. */
  readonly said: Said;
  readonly lines: AsyncIterator<string>;
}

async function start(program: string, args: readonly string[]): Promise<Started> {
  const child = spawn(path.join(build, program), [...args, "--exit-with-parent"], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, said: await nextLine(lines), lines };
}

async function nextLine(lines: AsyncIterator<string>): Promise<Said> {
  const line = await lines.next();
  if (line.done === true) throw new Error("the process ended without a line");
  return JSON.parse(line.value) as Said;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  await ended;
}

export class Cameras {
  readonly urls: readonly string[];
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor({ child, said, lines }: Started) {
    this.#child = child;
    this.#lines = lines;
    this.urls = (said["urls"] as readonly unknown[]).map(String);
  }

  static async start(count: number, options: readonly string[] = []): Promise<Cameras> {
    const args = ["--port", "0", "--count", String(count), ...options];
    return new Cameras(await start("sightline-demo-cameras", args));
  }

  /** @param camera from 1 */
  async command(verb: "freeze" | "thaw" | "count", camera: number): Promise<Said> {
    this.#child.stdin?.write(`${verb} ${camera}\n`);
    const answer = await nextLine(this.#lines);
    if (answer["done"] === undefined)
      throw new Error(`${verb} ${camera}: ${String(answer["why"])}`);
    return answer;
  }

  close(): Promise<void> {
    return end(this.#child);
  }
}

export class Host {
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #url: string;
  readonly #token: string;
  readonly #folder: string;

  private constructor({ child, said }: Started, token: string, folder: string) {
    this.#child = child;
    this.pid = child.pid ?? 0;
    this.#url = `http://127.0.0.1:${String(said["port"])}`;
    this.#token = token;
    this.#folder = folder;
  }

  /** @param sources addresses that may be connected to, `host:port` */
  static async start(sources: ReadonlySet<string>): Promise<Host> {
    const folder = await mkdtemp(path.join(tmpdir(), "sightline-bench-"));
    const token = randomBytes(24).toString("hex");
    await writeFile(path.join(folder, "token"), token, { mode: 0o600 });
    const allowed = [...sources].flatMap((source) => ["--allow-source", source]);
    const args = ["--port", "0", "--rtsp-port", "0", "--token-file", path.join(folder, "token")];
    return new Host(await start("sightline-pipeline", [...args, ...allowed]), token, folder);
  }

  add(camera: string, url: string): Promise<void> {
    return this.#write(deepstreamPaths.streamAdd, sensor(camera, url, "camera_add"));
  }

  remove(camera: string, url: string): Promise<void> {
    return this.#write(deepstreamPaths.streamRemove, sensor(camera, url, "camera_remove"));
  }

  async streams(): Promise<readonly PipelineStream[]> {
    const response = await fetch(`${this.#url}/api/v1/sightline/streams`, {
      headers: { authorization: `Bearer ${this.#token}` },
    });
    return ((await response.json()) as { streams: PipelineStream[] }).streams;
  }

  async detect(camera: string, detection: PipelineDetection): Promise<void> {
    const response = await fetch(`${this.#url}${sightlinePaths.detectors(camera)}`, {
      method: "PUT",
      headers: { authorization: `Bearer ${this.#token}` },
      body: JSON.stringify(detection),
    });
    if (!response.ok) throw new Error(`detectors: ${response.status} ${await response.text()}`);
  }

  async close(): Promise<void> {
    await end(this.#child);
    await rm(this.#folder, { recursive: true });
  }

  async #write(route: string, body: object): Promise<void> {
    const init = { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${this.#url}${route}`, init);
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
  }
}

const sensor = (camera: string, url: string, change: string): object => ({
  key: "sensor",
  value: { camera_id: camera, camera_name: camera, camera_url: url, change },
});
