/** A cloud, a box that has enrolled there, and cameras beside it: fresh for every test of a file. */
import { afterEach, beforeEach } from "vitest";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import { Box, startCameras, type Cameras, type Ready } from "./box.ts";
import type { Child } from "./child.ts";
import { streamDesired, TestCloud } from "./cloud.ts";

export class Site {
  cloud!: TestCloud;
  box!: Box;
  cameras!: Cameras;

  /** The agent with leave to use the cameras, once it is ready. */
  run(): Promise<{ agent: Child; ready: Ready }> {
    return this.box.runUntilReady(["--allow-source", this.cameras.address]);
  }

  camera(number: number, change: Partial<StreamDesired> = {}): StreamDesired {
    const source = { url: this.cameras.url(number), transport: "tcp" as const, credentials: "" };
    return streamDesired({ source, ...change });
  }
}

/** Call it in the `describe` of the tests. */
export function freshSite(cameras: number): Site {
  const site = new Site();
  beforeEach(async () => {
    site.cloud = await TestCloud.start();
    site.box = await Box.make();
    site.cameras = await startCameras(cameras);
    await site.box.enrolAt(site.cloud);
  });
  afterEach(async () => {
    await site.box.close();
    await site.cameras.child.kill();
    await site.cloud.close();
  });
  return site;
}
