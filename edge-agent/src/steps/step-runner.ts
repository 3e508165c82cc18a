/** What the steps of a plan need, and the table that finds them. */
import { DomainError } from "@sightline/contracts/errors";
import type { PipelineClient } from "../pipeline/client.ts";
import type { Recovery } from "../pipeline/recovery.ts";
import type { PipelineView } from "../pipeline/view.ts";
import type { Step } from "../plan.ts";

export interface StepDeps {
  readonly client: PipelineClient;
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
  const { client, view, recovery } = deps;
  let kept = true;
  view.changing(step.stream, step);
  recovery.changing(step.stream, deps.revision);
  try {
    await client.add(step, requestId);
  } catch (error) {
    kept = isUncertain(error);
    throw error;
  } finally {
    recovery.changed(step.stream);
    view.changed(step.stream, step, kept);
  }
};

const remove: RunStep<"remove"> = async ({ client, view }, step, requestId) => {
  let kept = true;
  view.changing(step.stream, step);
  try {
    await client.remove(step, requestId);
    kept = false;
  } finally {
    view.changed(step.stream, step, kept);
  }
};

const set: RunStep<"set"> = async (deps, step, requestId) => {
  const { client, view, recovery } = deps;
  const entry = view.entry(step.stream) ?? (await find(client, step.localName));
  if (!entry)
    throw new DomainError("pipeline.unavailable", "the pipeline does not show the stream");
  recovery.changing(step.stream, deps.revision);
  try {
    await client.set({ localName: step.localName, sourceId: entry.source_id }, step, requestId);
  } finally {
    recovery.changed(step.stream);
  }
};

/** A stream that was added a moment ago is in the pipeline's list before it is in ours. */
const find = async (client: PipelineClient, localName: string) =>
  (await client.streams()).find((entry) => entry.camera_id === localName);

const refuse: RunStep<"refuse"> = async (_deps, { localName }) => {
  throw new DomainError(
    "stream.local-name-conflict",
    `the pipeline holds a stream ${localName} that the cloud did not place`,
  );
};

const table: { readonly [K in Step["kind"]]: RunStep<K> } = { add, remove, set, refuse };

/** @throws DomainError what the pipeline says, or pipeline.unavailable */
export function runStep(deps: StepDeps, step: Step, requestId: string): Promise<void> {
  const run = table[step.kind] as RunStep<Step["kind"]>;
  return run(deps, step, requestId);
}
