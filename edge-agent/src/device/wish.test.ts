import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { DeviceWish } from "@sightline/contracts/desired-state";
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineDriver } from "../pipeline/driver.ts";
import type { KeeperHandlers } from "../pipeline/keeper.ts";
import { Pipeline } from "../pipeline/pipeline.ts";
import type { SomeSettings } from "../pipeline/applied.ts";
import { WishKeeper } from "./wish.ts";

const key = "mux.maxLatencyNs";
const none = async (): Promise<void> => undefined;
const idle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** One run of a pipeline: it begins with the defaults, and tells what all streams share. */
class Run {
  shared: SomeSettings = { [key]: 0 };
  /** Why it takes nothing. */
  refusal: DomainError | undefined;
  #carriesOut = none();
  readonly driver: PipelineDriver = {
    add: none,
    remove: none,
    removeUnmanaged: none,
    set: none,
    setShared: async (setting) => {
      await this.#carriesOut;
      if (this.refusal) throw this.refusal;
      this.shared = { ...this.shared, [setting.key]: setting.value };
    },
    forceIdr: none,
    forceIntra: none,
    reloadAnalytics: none,
    list: async () => ({ streams: [], shared: this.shared }),
    about: async () => ({ version: "1", backend: "test", release: "", controls }),
    snapshot: async () => {
      throw new DomainError("command.unsupported", "no pictures");
    },
  };

  /** What it is told waits until the result is called. */
  hold(): () => void {
    let release = (): void => undefined;
    this.#carriesOut = new Promise((resolve) => (release = resolve));
    return () => release();
  }
}

const controls = { [key]: "device" } as const;

describe("what the device reports of its wish", () => {
  let keeper: KeeperHandlers;
  let pipeline: Pipeline;
  let wish: DeviceWish;
  let keeping: WishKeeper;
  /** Times that the keeper of the wish asked for a look at what it reports. */
  let told: number;

  beforeEach(async () => {
    told = 0;
    wish = { revision: 2, pipeline: "running", settings: { [key]: 7 } };
    pipeline = new Pipeline(
      (handlers) => {
        keeper = handlers;
        return {
          ...{ canStop: true, restarts: 0 },
          ...{ start: () => undefined, kill: () => undefined, stop: none },
        };
      },
      {
        up: () => keeping.pipelineStarted(),
        changed: () => keeping.pipelineChanged(),
        ...{ release: () => undefined, quarantine: () => undefined, holderOf: () => "str_1" },
      },
    );
    keeping = new WishKeeper({
      wish: () => wish,
      pipeline,
      followed: () => undefined,
      answered: () => undefined,
      told: () => (told += 1),
    });
    keeping.changed();
  });
  afterEach(async () => {
    keeping.close();
    await pipeline.stop();
  });

  const start = async (run: Run): Promise<void> => {
    keeper.up({ driver: run.driver, pid: 7, url: "http://127.0.0.1:1" });
    await idle();
    await pipeline.refresh();
    await idle();
  };
  const inForce = { revision: 2, error: { code: "none", text: "" }, settings: { [key]: 7 } };

  it("has what the pipeline tells, once that was told what is wanted", async () => {
    await start(new Run());
    expect(keeping.report()).toEqual(inForce);
  });

  it("has nothing of another run of the pipeline before that was told as well", async () => {
    await start(new Run());
    keeper.down({ clean: false });
    expect(keeping.report()).toEqual({ ...inForce, settings: {} });
    const next = new Run();
    const carryOut = next.hold();
    await start(next);
    expect(pipeline.view.shared).toEqual({ [key]: 0 });
    expect(keeping.report()).toEqual({ ...inForce, settings: {} });
    told = 0;
    carryOut();
    await expect.poll(() => told).toBe(1);
    expect(keeping.report()).toEqual(inForce);
  });

  it("has nothing of a run from an answer that the one before it gave", async () => {
    const first = new Run();
    const carryOut = first.hold();
    await start(first);
    keeper.down({ clean: false });
    const next = new Run();
    next.shared = {};
    next.refusal = new DomainError("pipeline.unavailable", "it does not answer");
    await start(next);
    carryOut();
    await idle();
    await idle();
    expect(keeping.report()).toEqual({ ...inForce, revision: 0, settings: {} });
  });

  it("has what somebody has changed in the same run", async () => {
    const run = new Run();
    await start(run);
    run.shared = { [key]: 9 };
    await pipeline.refresh();
    expect(keeping.report()).toEqual({ ...inForce, settings: { [key]: 9 } });
  });

  it("has what is in force where another run refuses what is wanted, and says so", async () => {
    await start(new Run());
    keeper.down({ clean: false });
    const next = new Run();
    next.refusal = new DomainError("native.refused", "no");
    await start(next);
    await expect.poll(() => keeping.report().error.code).toBe("native.refused");
    expect(keeping.report().settings).toEqual({ [key]: 0 });
  });
});
