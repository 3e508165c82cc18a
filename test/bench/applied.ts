/** An API write until it is applied in the running pipeline, beside the same call made to the pipeline's own REST. */
import { deepstreamPaths } from "@sightline/contracts/pipeline-paths";
import type { System } from "../support/system.ts";
import { median, ms, quantile, type Figure } from "./figure.ts";
import { pause } from "./usage.ts";

const rounds = 60;
const budgetMs = 15;
const intervals = [2, 3] as const;

export async function measureApplied(system: System): Promise<readonly Figure[]> {
  const through: number[] = [];
  const direct: number[] = [];
  const sourceId = await sourceOf(system, "camera-1");
  for (let round = 0; round < rounds; round += 1) {
    const value = intervals[round % 2] ?? 2;
    through.push(await timed(() => writeThroughApi(system, value)));
    direct.push(await timed(() => writeToPipeline(system, sourceId, value)));
    // AWS lets a thing ask for 20 shadow requests a second; writes back to back would measure that limit.
    await pause(400);
  }
  const more = median(through) - median(direct);
  return [
    {
      what: `write → applied, p50 of ${rounds} (p95)`,
      measured: `${ms(median(through))} (${ms(quantile(through, 0.95))})`,
      beside: `${ms(median(direct))} (${ms(quantile(direct, 0.95))}) straight to the pipeline`,
      ratio: `+${ms(more)}`,
      budget: `≤ ${budgetMs} ms more`,
      met: more <= budgetMs,
    },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

async function writeThroughApi(system: System, value: number): Promise<void> {
  const { status, body } = await system.call("/v1/streams/camera-1", {
    method: "PATCH",
    body: { settings: { "decoder.dropFrameInterval": value } },
    headers: { prefer: "wait=5" },
  });
  const applied = body.reported?.applied?.settings?.["decoder.dropFrameInterval"];
  if (status !== 200 || applied !== value) throw new Error(`not applied: ${status}`);
}

async function sourceOf(system: System, camera: string): Promise<number> {
  const { url, token } = system.ready.pipeline;
  const response = await fetch(`${url}/api/v1/sightline/streams`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { streams } = (await response.json()) as {
    streams: { camera_id: string; source_id: number }[];
  };
  return streams.find(({ camera_id }) => camera_id === camera)?.source_id ?? Number.NaN;
}

/** The value that holds already, so that the agent sees no drift. */
async function writeToPipeline(system: System, sourceId: number, value: number): Promise<void> {
  const stream = { stream_id: String(sourceId), drop_frame_interval: value };
  const response = await fetch(`${system.ready.pipeline.url}${deepstreamPaths.dropFrameInterval}`, {
    method: "POST",
    body: JSON.stringify({ stream }),
  });
  if (!response.ok) throw new Error(`refused: ${response.status}`);
}
