import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DomainError } from "@sightline/contracts/errors";
import { stepText, type Step } from "../plan.ts";
import { StreamWorker, type Goal } from "./worker.ts";

const add: Step = { kind: "add", stream: "str_1", localName: "door", url: "rtsp://cam/1" };

describe("stream worker", () => {
  let goal: Goal | undefined;
  let done: string[];
  let refusal: DomainError | undefined;
  let worker: StreamWorker;

  beforeEach(() => {
    vi.useFakeTimers();
    done = [];
    refusal = undefined;
    goal = { revision: 1, steps: [add], satisfied: false };
    worker = new StreamWorker({
      goal: () => goal,
      carryOut: async (step) => {
        if (refusal) throw refusal;
        done.push(stepText(step));
        goal = { revision: goal?.revision ?? 0, steps: [], satisfied: true };
      },
      refresh: async () => true,
      settled: () =>
        done.push(`answer ${worker.answer.revision} ${worker.answer.failure?.code ?? "none"}`),
    });
  });
  afterEach(() => {
    worker.close();
    vi.useRealTimers();
  });

  const kick = async (waitMs = 0): Promise<void> => {
    worker.kick();
    await vi.advanceTimersByTimeAsync(waitMs);
  };

  it("carries out the steps and answers the revision once", async () => {
    await kick();
    await kick();
    expect(done).toEqual(["add str_1", "answer 1 none"]);
  });

  it("answers a refusal, and tries again later", async () => {
    refusal = new DomainError("device.stream-limit", "full");
    await kick(500);
    expect(done).toEqual(["answer 1 device.stream-limit"]);
    refusal = undefined;
    worker.nudge();
    await vi.advanceTimersByTimeAsync(0);
    expect(done).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(done).toEqual(["answer 1 device.stream-limit", "add str_1", "answer 1 none"]);
  });

  it("does not answer while the pipeline does not", async () => {
    refusal = new DomainError("pipeline.unavailable", "no");
    await kick(100);
    expect(done).toEqual([]);
    goal = undefined;
    await kick(10_000);
    expect(done).toEqual([]);
  });

  it("gives up on a pipeline that accepts a step and does not show it", async () => {
    const set: Step = {
      kind: "set",
      stream: "str_1",
      localName: "door",
      key: "decoder.dropFrameInterval",
      value: 3,
    };
    const stubborn: Goal = { revision: 2, steps: [set], satisfied: false };
    worker = new StreamWorker({
      goal: () => stubborn,
      carryOut: async () => undefined,
      refresh: async () => true,
      settled: () => done.push(`answer ${worker.answer.failure?.code}`),
    });
    await kick(100);
    expect(done).toEqual(["answer native.refused"]);
  });

  it("carries out the other settings when one is refused, and answers the first refusal", async () => {
    const set = (
      key: "decoder.dropFrameInterval" | "detector.interval" | "encoder.bitrate",
    ): Step => ({
      kind: "set",
      stream: "str_1",
      localName: "door",
      key,
      value: 3,
    });
    const isDone = (step: Step): boolean => done.includes(stepText(step));
    const steps = [
      set("decoder.dropFrameInterval"),
      set("detector.interval"),
      set("encoder.bitrate"),
    ];
    worker = new StreamWorker({
      goal: () => {
        const left = steps.filter((step) => !isDone(step));
        return { revision: 2, steps: left, satisfied: left.length === 0 };
      },
      carryOut: async (step) => {
        const key = step.kind === "set" ? step.key : "";
        if (refusal && key !== "detector.interval") throw new DomainError(refusal.code, key);
        done.push(stepText(step));
      },
      refresh: async () => true,
      settled: () =>
        done.push(`answer ${worker.answer.failure?.code} ${worker.answer.failure?.text}`),
    });
    refusal = new DomainError("native.refused", "no");
    await kick(100);
    expect(done).toEqual([
      "set str_1 detector.interval=3",
      "answer native.refused decoder.dropFrameInterval",
    ]);
    refusal = undefined;
    await vi.advanceTimersByTimeAsync(2_000);
    expect(done.at(-1)).toBe("answer undefined undefined");
    expect(steps.every(isDone)).toBe(true);
  });

  it("does not add in a storm what somebody keeps removing", async () => {
    await kick();
    const adds = (): number => done.filter((text) => text === "add str_1").length;
    for (let n = 0; n < 50; n += 1) {
      goal = { revision: 1, steps: [add], satisfied: false };
      worker.nudge();
      await vi.advanceTimersByTimeAsync(100);
    }
    expect(adds()).toBeGreaterThan(1);
    expect(adds()).toBeLessThan(5);
  });
});
