/** How long a box needs until all of its streams run again after its pipeline was killed. */
import { signal } from "../support/process.ts";
import { convergedMs } from "../support/stream.ts";
import type { System } from "../support/system.ts";
import { waitFor } from "../support/wait-for.ts";
import type { Figure } from "./figure.ts";
import { median } from "./figure.ts";

const streams = 40;
const rounds = 5;
const startMs = 60_000;

export async function measureConvergence(system: System): Promise<readonly Figure[]> {
  const { device, cameras } = system.ready;
  for (let at = 0; at < streams; at += 1) {
    const url = cameras[at % cameras.length];
    await system.call("/v1/streams", {
      method: "POST",
      body: { name: `bench-${at}`, device, source: { url }, settings: { "detector.kinds": [] } },
    });
  }
  await allRun(system, startMs);
  const took: number[] = [];
  for (let round = 0; round < rounds; round += 1) took.push(await killAndWait(system));
  return [
    {
      what: `${streams} streams after kill -9 of the pipeline, of ${rounds}`,
      measured: `all run after ${seconds(median(took))}, at most ${seconds(Math.max(...took))}`,
      beside: "",
      ratio: "",
      budget: `≤ ${seconds(convergedMs)}`,
      met: Math.max(...took) <= convergedMs,
    },
  ];
}

async function killAndWait(system: System): Promise<number> {
  const { pid, url, token } = { pid: system.ready.pids.pipeline, ...system.ready.pipeline };
  const startedMs = performance.now();
  signal(pid, "SIGKILL");
  await waitFor(
    "every stream has frames in the new pipeline",
    async () => {
      if (system.ready.pids.pipeline === pid) return false;
      const response = await fetch(`${url}/api/v1/sightline/streams`, {
        headers: { authorization: `Bearer ${token}` },
      });
      const { streams: listed } = (await response.json()) as { streams: { frames: number }[] };
      return listed.filter(({ frames }) => frames > 0).length >= streams;
    },
    { timeoutMs: 2 * convergedMs, pollMs: 50 },
  );
  const tookMs = performance.now() - startedMs;
  await allRun(system, startMs);
  return tookMs;
}

const allRun = (system: System, timeoutMs: number): Promise<unknown> =>
  waitFor(
    "every stream is reported as running",
    async () => {
      const { body } = await system.call("/v1/streams?limit=100");
      return (body.items as { state: string }[]).every(({ state }) => state === "running");
    },
    { timeoutMs, pollMs: 200 },
  );

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
