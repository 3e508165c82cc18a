/** A cloud, a box that has enrolled there, and cameras beside it: one for all tests of a file. */
import { afterAll, afterEach, beforeAll } from "vitest";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { Box, startCameras, type Cameras, type Ready } from "./box.ts";
import type { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";
import { Host } from "./host.ts";

export interface RunningAgent {
  readonly agent: Child;
  readonly ready: Ready;
  readonly host: Host;
}

export class Site {
  cloud!: TestCloud;
  box!: Box;
  cameras!: Cameras;
  #last: RunningAgent | undefined;

  /** The agent that the test before has left, or a new one; with leave to use the cameras, and ready. */
  async running(): Promise<RunningAgent> {
    if (!this.#last || this.#last.agent.exit) {
      const startedAtMs = Date.now();
      const { agent, ready } = await this.box.runUntilReady(this.options());
      // What the shadow has of the agent before is not this one's.
      await this.cloud.deviceReport(({ atMs }) => atMs >= startedAtMs);
      this.#last = { agent, ready, host: new Host(this.box, ready.pipelineUrl) };
    }
    return this.#last;
  }

  /** Of an agent that a test starts by itself; it ends it, too. */
  options(): string[] {
    return ["--allow-source", this.cameras.address];
  }

  camera(number: number, change: Partial<StreamDesired> = {}): StreamDesired {
    const source = { url: this.cameras.url(number), transport: "tcp" as const, credentials: "" };
    return streamDesired({ source, ...change });
  }
}

/** Call it in the `describe` of the tests; each may leave streams behind. */
export function sharedSite(cameras: number): Site {
  const site = new Site();
  beforeAll(async () => {
    site.cloud = await TestCloud.start();
    site.box = await Box.make();
    site.cameras = await startCameras(cameras);
    await site.box.enrolAt(site.cloud);
  });
  afterEach(() => site.cloud.removeAll());
  afterAll(async () => {
    await site.box.close();
    await site.cameras.child.kill();
    await site.cloud.close();
  });
  return site;
}
