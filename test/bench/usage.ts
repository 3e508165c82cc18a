/** What the kernel counts of a process. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

const ticksPerSecond = Number(execFileSync("getconf", ["CLK_TCK"]).toString());

/** CPU time of the process so far, user and system, in ms. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Memory that is resident, in bytes. */
export function rssBytes(pid: number): number {
  const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}

/** Share of one core that each process used while `work` ran, from 0. */
export async function cpuShares(
  pids: readonly number[],
  work: () => Promise<unknown>,
): Promise<readonly number[]> {
  const before = pids.map(cpuMs);
  const startMs = performance.now();
  await work();
  const tookMs = performance.now() - startMs;
  return pids.map((pid, at) => (cpuMs(pid) - (before[at] ?? 0)) / tookMs);
}

/** Benchmarks measure over a time; tests never do. */
export const pause = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
