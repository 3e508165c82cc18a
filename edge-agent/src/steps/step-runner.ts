/** What the steps of a plan need, and the table that finds them. */
import { DomainError } from "@sightline/contracts/errors";
import { streamRef, type PipelineDriver } from "../pipeline/driver.ts";
import type { Recovery } from "../pipeline/recovery.ts";
import type { PipelineView } from "../pipeline/view.ts";
import type { Step } from "../plan.ts";

export interface StepDeps {
  readonly driver: PipelineDriver;
  readonly view: PipelineView;
  readonly recovery: Pick<Recovery, "changing" | "changed">;
  /** That the step belongs to. */
  readonly revision: number;
}

type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;
type RunStep<K extends Step["kind"]> = (
  deps: StepDeps,
  step: StepOf<K>,
  requestId: string,
) => Promise<void>;

/** What a lost answer may mean is settled by the next list, so an unavailable pipeline keeps the camera in the books. */
const isUncertain = (error: unknown): boolean =>
  error instanceof DomainError && error.code === "pipeline.unavailable";

const add: RunStep<"add"> = async (deps, step, requestId) => {
  const { driver, view, recovery } = deps;
  let kept = true;
  view.changing(step.stream, step);
  recovery.changing(step.stream, deps.revision);
  try {
    await driver.add(step, requestId);
  } catch (error) {
    kept = isUncertain(error);
    throw error;
  } finally {
    recovery.changed(step.stream);
    view.changed(step.stream, step, kept);
  }
};

const remove: RunStep<"remove"> = async ({ driver, view }, step, requestId) => {
  let kept = true;
  view.changing(step.stream, step);
  try {
    await driver.remove(step, requestId);
    kept = false;
  } finally {
    view.changed(step.stream, step, kept);
  }
};

const set: RunStep<"set"> = async (deps, step, requestId) => {
  const { driver, view, recovery } = deps;
  const entry = view.entry(step.stream) ?? (await find(driver, step.localName));
  if (!entry)
    throw new DomainError("pipeline.unavailable", "the pipeline does not show the stream");
  recovery.changing(step.stream, deps.revision);
  try {
    await driver.set(streamRef(entry), step, requestId);
    view.sent(step.stream, step);
  } finally {
    recovery.changed(step.stream);
  }
};

/** A stream that was added a moment ago is in the pipeline's list before it is in ours. */
const find = async (driver: PipelineDriver, localName: string) =>
  (await driver.list()).streams.find((entry) => entry.camera_id === localName);

/** Nothing is asked of the pipeline: its frames go on. */
const adopt: RunStep<"adopt"> = async ({ view }, step) => view.adopt(step.stream, step);

const evict: RunStep<"evict"> = async ({ driver, view }, { localName }, requestId) => {
  await driver.removeUnmanaged(localName, requestId);
  view.evicted(localName);
};

const refuse: RunStep<"refuse"> = async (_deps, { localName }) => {
  throw new DomainError(
    "stream.local-name-conflict",
    `the pipeline holds a stream ${localName} that the cloud did not place`,
  );
};

const table: { readonly [K in Step["kind"]]: RunStep<K> } = {
  add,
  remove,
  set,
  adopt,
  evict,
  refuse,
};

/** @throws DomainError what the pipeline says, or pipeline.unavailable */
export function runStep(deps: StepDeps, step: Step, requestId: string): Promise<void> {
  const run = table[step.kind] as RunStep<Step["kind"]>;
  return run(deps, step, requestId);
}
