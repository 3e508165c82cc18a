import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineDriver } from "./driver.ts";
import type { KeeperHandlers, RunningPipeline } from "./keeper.ts";
import { Pipeline } from "./pipeline.ts";

const none = async (): Promise<void> => undefined;
const driver: PipelineDriver = {
  add: none,
  remove: none,
  removeUnmanaged: none,
  set: none,
  setShared: none,
  forceIdr: none,
  forceIntra: none,
  reloadAnalytics: none,
  list: async () => ({ streams: [], shared: { "mux.maxLatencyNs": 5 } }),
  about: async () => ({
    version: "1",
    backend: "stock",
    release: "8.0",
    controls: { "mux.maxLatencyNs": "device" },
  }),
  snapshot: async () => {
    throw new DomainError("command.unsupported", "no pictures");
  },
};
const process: RunningPipeline = { driver, pid: 7, url: "http://127.0.0.1:1" };
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("pipeline", () => {
  let calls: string[];
  let keeper: KeeperHandlers;
  let ended: () => void;
  let pipeline: Pipeline;

  beforeEach(() => {
    calls = [];
    pipeline = new Pipeline(
      (handlers) => {
        keeper = handlers;
        return {
          canStop: true,
          restarts: 0,
          start: () => calls.push("start"),
          kill: () => undefined,
          stop: () => {
            calls.push("stop");
            return new Promise((resolve) => (ended = resolve));
          },
        };
      },
      {
        up: ({ pid }) => calls.push(`up ${pid}`),
        changed: () => calls.push(pipeline.state),
        release: () => undefined,
        quarantine: () => undefined,
        holderOf: () => "str_1",
      },
    );
  });
  afterEach(async () => {
    const end = pipeline.stop();
    ended?.();
    await end;
  });

  it("is there once it has said what it is", async () => {
    pipeline.want("running");
    expect(pipeline.driver).toBeUndefined();
    keeper.up(process);
    await idle();
    expect(calls.slice(0, 3)).toEqual(["start", "starting", "up 7"]);
    expect(pipeline).toMatchObject({ driver, state: "running", about: { release: "8.0" } });
    expect(pipeline.view.observed().controls).toEqual({ "mux.maxLatencyNs": "device" });
    expect(await pipeline.refresh()).toBe(true);
    expect(pipeline.view.shared).toEqual({ "mux.maxLatencyNs": 5 });
  });

  it("is unavailable when its process ended, and stopped only as was asked for", async () => {
    expect(pipeline.absence().code).toBe("pipeline.stopped");
    pipeline.want("running");
    keeper.up(process);
    await idle();
    keeper.down({ clean: true });
    expect(pipeline).toMatchObject({ driver: undefined, state: "unavailable" });
    expect(pipeline.absence().code).toBe("pipeline.unavailable");
  });

  it("ends as it was last asked to be, one step after the other", async () => {
    pipeline.want("running");
    pipeline.want("stopped");
    await idle();
    expect(calls).toEqual(["start", "starting", "stop"]);
    pipeline.want("running");
    pipeline.want("stopped");
    pipeline.want("running");
    ended();
    await idle();
    expect(calls).toEqual(["start", "starting", "stop", "stopped", "start", "starting"]);
    keeper.up(process);
    await idle();
    expect(pipeline.state).toBe("running");
  });

  it("is stopped for good when the agent ends, whatever is wanted then", async () => {
    pipeline.want("running");
    keeper.up(process);
    await idle();
    const end = pipeline.stop();
    pipeline.want("running");
    ended();
    await end;
    pipeline.want("running");
    await idle();
    expect(calls.filter((call) => call === "start")).toHaveLength(1);
    expect(pipeline.state).toBe("stopped");
  });

  it("takes no process that comes up while it is to be stopped", async () => {
    pipeline.want("running");
    await idle();
    pipeline.want("stopped");
    keeper.up(process);
    await idle();
    expect(pipeline.driver).toBeUndefined();
    ended();
    await idle();
    expect(pipeline.state).toBe("stopped");
  });
});
