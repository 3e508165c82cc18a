/** The agent while nothing changes, beside a Node process that does nothing. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { System } from "../support/system.ts";
import { times, type Figure } from "./figure.ts";
import { cpuShares, pause, rssBytes } from "./usage.ts";

const settleMs = 10_000;
/** Long enough for a health report. */
const windowMs = 65_000;
const rssBudget = 1.7;
const cpuBudget = 0.01;

export async function measureAgentIdle(system: System): Promise<readonly Figure[]> {
  const bare = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  try {
    await pause(settleMs);
    const { agent } = system.ready.pids;
    const pids = [agent, bare.pid ?? 0];
    const [share = Number.NaN, bareShare = Number.NaN] = await cpuShares(pids, () =>
      pause(windowMs),
    );
    const [rss = Number.NaN, bareRss = Number.NaN] = pids.map(rssBytes);
    const percent = (value: number): string => `${(value * 100).toFixed(2)} %`;
    return [
      {
        what: "agent with two running streams, idle",
        measured: `${(rss / 1e6).toFixed(0)} MB RSS, ${percent(share)} of a core`,
        beside: `${(bareRss / 1e6).toFixed(0)} MB, ${percent(bareShare)} bare idle Node`,
        ratio: times(rss / bareRss),
        budget: `≤ ${rssBudget}×, ≤ 1 %`,
        met: rss / bareRss <= rssBudget && share <= cpuBudget,
      },
    ];
  } finally {
    const ended = once(bare, "exit");
    bare.kill("SIGKILL");
    await ended;
  }
}
