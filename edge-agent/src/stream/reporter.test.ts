import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { StreamReporter } from "./reporter.ts";

const report = (change: Partial<StreamReport> = {}): StreamReport => ({
  v: 1,
  revision: 1,
  state: "connecting",
  sinceAtMs: 1,
  error: { code: "none", text: "" },
  applied: { url: "", settings: {} },
  output: { rtspUrl: "" },
  video: { width: 0, height: 0 },
  atMs: Date.now(),
  ...change,
});

describe("stream reporter", () => {
  let now: StreamReport | undefined;
  let sent: string[];
  let fails: number;
  let isOnline: boolean;
  let reporter: StreamReporter;

  beforeEach(() => {
    vi.useFakeTimers();
    now = undefined;
    sent = [];
    fails = 0;
    isOnline = true;
    reporter = new StreamReporter({
      build: () => now,
      send: async (urgency, make) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        if (fails > 0) {
          fails -= 1;
          throw new Error("rejected");
        }
        const made = make();
        if (made) sent.push(`${urgency} ${made.revision} ${made.state}`);
      },
      online: () => isOnline,
      intervalMs: 10_000,
      nowMs: () => Date.now(),
    });
  });
  afterEach(() => {
    reporter.close();
    vi.useRealTimers();
  });

  const become = async (change: Partial<StreamReport>, waitMs = 50): Promise<void> => {
    now = report(change);
    reporter.look();
    await vi.advanceTimersByTimeAsync(waitMs);
  };

  it("answers a revision at once, then says at once that frames came", async () => {
    await become({});
    await become({ state: "running" });
    expect(sent).toEqual(["urgent 1 connecting", "urgent 1 running"]);
  });

  it("says at once that it failed first and that it ran after all", async () => {
    await become({});
    await become({ state: "retrying", error: { code: "stream.source-unreachable", text: "" } });
    await become({ state: "running" });
    expect(sent).toEqual(["urgent 1 connecting", "urgent 1 retrying", "urgent 1 running"]);
  });

  it("reports what nobody asked for every ten seconds at most, the last one winning", async () => {
    await become({ state: "running" });
    for (let n = 0; n < 20; n += 1)
      await become({ state: n % 2 ? "running" : "stalled", sinceAtMs: n }, 100);
    expect(sent).toEqual(["urgent 1 running"]);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(sent).toEqual(["urgent 1 running", "calm 1 running"]);
  });

  it("says at once what somebody has asked for without a revision, and that it came", async () => {
    await become({ state: "running" });
    reporter.expect();
    await become({ state: "stopped" });
    reporter.expect();
    await become({});
    await become({ state: "running" });
    expect(sent).toEqual([
      "urgent 1 running",
      "urgent 1 stopped",
      "calm 1 connecting",
      "urgent 1 running",
    ]);
  });

  it("says nothing when all is as it was", async () => {
    await become({ state: "running" });
    await become({ state: "running" }, 60_000);
    expect(sent).toHaveLength(1);
  });

  it("answers the next revision at once, whatever it reported just before", async () => {
    await become({ state: "running" });
    await become({ state: "running", revision: 2 });
    expect(sent).toEqual(["urgent 1 running", "urgent 2 running"]);
  });

  it("tries again when a report was not taken", async () => {
    fails = 2;
    await become({ state: "running" }, 10_000);
    expect(sent).toEqual(["urgent 1 running"]);
  });

  it("waits for a connection, and drops what was removed meanwhile", async () => {
    isOnline = false;
    await become({ state: "running" });
    expect(sent).toEqual([]);
    isOnline = true;
    reporter.look();
    now = undefined;
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toEqual([]);
  });

  it("sends the newest state when things changed while it was sending", async () => {
    now = report({});
    reporter.look();
    now = report({ revision: 2, state: "running" });
    reporter.look();
    await vi.advanceTimersByTimeAsync(50);
    expect(sent).toEqual(["urgent 2 running"]);
  });
});
