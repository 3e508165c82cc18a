/** A box with the real agent and pipeline on a running system without a demo, for tests of bad days. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import type { Cameras } from "./cameras.ts";
import { freshName } from "./names.ts";
import { RemoteAgent, type AgentRun } from "./remote-agent.ts";
import { convergedMs } from "./stream.ts";
import { root, type Answer, type System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

const bundle = path.join(root, "edge-agent/dist/sightline-agent.cjs");

export class FaultBox {
  readonly name: string;
  readonly system: System;
  readonly agent: RemoteAgent;

  private constructor(system: System, name: string, agent: RemoteAgent) {
    this.system = system;
    this.name = name;
    this.agent = agent;
  }

  /** Registered and enrolled; the agent does not run yet. */
  static async make(system: System): Promise<FaultBox> {
    const box = new FaultBox(system, freshName("box"), await RemoteAgent.make());
    const site = freshName("site");
    await box.post("/v1/sites", { name: site });
    await box.post("/v1/devices", { name: box.name, site });
    const { body } = await box.post(`/v1/devices/${box.name}/enrolments`);
    const args = ["enrol", "--url", system.ready.api, "--token", String(body.token)];
    const { status, stderr } = spawnSync(
      process.execPath,
      [bundle, ...args, "--dir", path.join(box.agent.folder, "box")],
      { encoding: "utf8" },
    );
    if (status !== 0) throw new Error(stderr);
    return box;
  }

  /** Starts the agent and waits until the cloud calls it online. */
  async run(cameras: readonly Pick<Cameras, "address">[], how: AgentRun = {}): Promise<void> {
    this.agent.run(
      cameras.map(({ address }) => address),
      how,
    );
    await waitFor("the box is online", async () => (await this.device()).body.online === true, {
      timeoutMs: convergedMs,
    });
  }

  device(): Promise<Answer> {
    return this.system.call(`/v1/devices/${this.name}`);
  }

  /** @throws Error when it is refused */
  async post(route: string, body?: object): Promise<Answer> {
    const answer = await this.system.call(route, { method: "POST", body });
    if (answer.status >= 300) throw new Error(`${route}: ${JSON.stringify(answer.body)}`);
    return answer;
  }

  async add(name: string, url: string): Promise<void> {
    await this.post("/v1/streams", { name, device: this.name, source: { url } });
  }

  patch(name: string, body: object): Promise<Answer> {
    return this.system.call(`/v1/streams/${name}`, { method: "PATCH", body });
  }

  /** `running`, or why not: `retrying stream.stalled`. */
  async stateOf(name: string): Promise<string> {
    const { body } = await this.system.call(`/v1/streams/${name}`);
    return `${body.state} ${body.error?.code ?? ""}`.trim();
  }

  /** Every one of them runs, by what the box says now. */
  async allRun(names: readonly string[], timeoutMs: number = convergedMs): Promise<void> {
    await waitFor(
      `${names.length} streams run`,
      async () => {
        const states = await Promise.all(names.map((name) => this.stateOf(name)));
        const others = names.flatMap((name, index) =>
          states[index] === "running" ? [] : [`${name} ${states[index]}`],
        );
        if (others.length > 0) throw new Error(others.join(", "));
        return true;
      },
      { timeoutMs, pollMs: 100 },
    );
  }

  /** Fresh from the pipeline. */
  async counters(name: string): Promise<{
    readonly frames: number;
    readonly restarts: number;
    readonly lastFrameAtMs: number;
    readonly width: number;
    readonly height: number;
  }> {
    const { body } = await this.system.call(`/v1/streams/${name}/stats`);
    if (body.from !== "fresh") throw new Error(JSON.stringify(body));
    return body.counters;
  }

  async dispose(): Promise<void> {
    await this.agent.dispose();
  }
}
