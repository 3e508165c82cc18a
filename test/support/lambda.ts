/** A function as it is shipped: bundled by the toolchain, in a process of its own with nothing but its environment. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("lambda-process.mjs", import.meta.url));

interface Reply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

export class Lambda {
  readonly sizeBytes: number;
  /** What it wrote, for the log. */
  output = "";
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #waiting = new Map<number, (reply: Reply) => void>();
  #calls = 0;

  private constructor(child: ChildProcess, folder: string, sizeBytes: number) {
    this.#child = child;
    this.#folder = folder;
    this.sizeBytes = sizeBytes;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (text: Buffer) => (this.output += text.toString()));
    child.on("message", (reply: Reply) => this.#waiting.get(reply.id)?.(reply));
    child.once("exit", (code) => {
      const error = `the function ended with ${code}: ${this.output}`;
      for (const [id, settle] of this.#waiting) settle({ id, error });
    });
  }

  static async start(name: string, environment: Readonly<Record<string, string>>): Promise<Lambda> {
    const folder = await mkdtemp(path.join(tmpdir(), "sightline-lambda-"));
    const toolchain = "../../packages/toolchain/bundle.mjs";
    const { bundleFunction } = (await import(toolchain)) as {
      bundleFunction: (name: string, folder: string) => Promise<string>;
    };
    const bundle = await bundleFunction(name, folder);
    const child = fork(program, [bundle], { env: { ...environment }, execArgv: [], silent: true });
    const lambda = new Lambda(child, folder, (await stat(bundle)).size);
    try {
      await lambda.#reply(0);
    } catch (error) {
      await lambda.close();
      throw error;
    }
    return lambda;
  }

  /** @throws Error with what the function threw */
  async invoke(event: unknown): Promise<unknown> {
    this.#calls += 1;
    const replied = this.#reply(this.#calls);
    // As the runtime hands it on: JSON.
    this.#child.send({ id: this.#calls, event: JSON.parse(JSON.stringify(event)) as unknown });
    return (await replied).result;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, "exit");
      this.#child.disconnect();
      await ended;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #reply(id: number): Promise<Reply> {
    const reply = await new Promise<Reply>((resolve) => this.#waiting.set(id, resolve));
    this.#waiting.delete(id);
    if (reply.error !== undefined) throw new Error(reply.error);
    return reply;
  }
}
