/** Test cameras in a process of their own, which can be made to misbehave. */
import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { isAlive, signal } from "./process.ts";
import { root } from "./system.ts";
import { waitFor } from "./wait-for.ts";

const program = path.join(root, "native/build/sightline-demo-cameras");

export interface CameraOptions {
  readonly count?: number;
  /** Small pictures at a low rate: several tests share two processors. */
  readonly size?: string;
  readonly rate?: number;
  /** Digest authentication. */
  readonly login?: { readonly user: string; readonly password: string };
}

interface Answer {
  readonly done?: string;
  readonly why?: string;
  readonly sent?: number;
}

export class Cameras {
  readonly #folder: string;
  #child: ChildProcess | undefined;
  #lines: Record<string, unknown>[] = [];
  port = 0;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async start(options: CameraOptions = {}): Promise<Cameras> {
    const cameras = new Cameras(await mkdtemp(path.join(tmpdir(), "sightline-cameras-")));
    await cameras.start(options);
    return cameras;
  }

  /** On the port of the time before, if there was one. */
  async start({
    count = 1,
    size = "320x180",
    rate = 10,
    login,
  }: CameraOptions = {}): Promise<void> {
    const args = ["--port", String(this.port), "--count", String(count), "--exit-with-parent"];
    args.push("--size", size, "--rate", String(rate));
    if (login)
      args.push("--user", login.user, "--password-file", await this.#write(login.password));
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "ignore"] });
    this.#child = child;
    this.#lines = [];
    createInterface({ input: child.stdout }).on("line", (line) =>
      this.#lines.push(JSON.parse(line) as Record<string, unknown>),
    );
    const ready = await waitFor("the cameras are ready", () => this.#lines[0], {
      timeoutMs: 20_000,
    });
    this.port = Number(ready["port"]);
  }

  /** `ADDR:PORT`, as the agent's `--allow-source` wants it. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  url(number = 1): string {
    return `rtsp://${this.address}/camera-${number}`;
  }

  /** "freeze 1" and the like. */
  async tell(command: string): Promise<Answer> {
    const before = this.#lines.length;
    this.#child?.stdin?.write(`${command}\n`);
    const answer = await waitFor(
      `the cameras did "${command}"`,
      () => this.#lines.slice(before).find((line) => (line["done"] ?? line["failed"]) === command),
      { timeoutMs: 5_000, pollMs: 5 },
    );
    if (answer["failed"] !== undefined) throw new Error(`${command}: ${String(answer["why"])}`);
    return answer;
  }

  send(name: NodeJS.Signals): void {
    signal(this.#child?.pid ?? 0, name);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    const pid = this.#child?.pid ?? 0;
    if (pid === 0) return;
    signal(pid, "SIGCONT");
    signal(pid, "SIGKILL");
    await waitFor("the cameras are gone", () => !isAlive(pid), { timeoutMs: 5_000 });
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #write(password: string): Promise<string> {
    const file = path.join(this.#folder, "password");
    await writeFile(file, password);
    await chmod(file, 0o600);
    return file;
  }
}
