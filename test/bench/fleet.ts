/** Simulated agents with a report a minute on this machine: how many reports are lost, and how long one takes to the table. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AgentsOutcome } from "./fleet-agents.ts";
import type { FleetOutcome, FleetReady } from "./fleet-cloud.ts";
import { ms, quantile, type Figure } from "./figure.ts";
import { cpuShares, rssBytes } from "./usage.ts";

const sizes = [10_000] as const;
const rounds = 2;

export async function measureFleet(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const agents of sizes) figures.push(await measure(agents));
  return figures;
}

async function measure(agents: number): Promise<Figure> {
  const cloud = start("fleet-cloud", [String(agents)]);
  const fleet = start("fleet-agents", []);
  try {
    const ready = (await once(cloud, "message"))[0] as FleetReady;
    fleet.send({ ...ready, rounds });
    const pid = cloud.pid ?? 0;
    let said: AgentsOutcome | undefined;
    const [share = Number.NaN] = await cpuShares([pid], async () => {
      said = (await once(fleet, "message"))[0] as AgentsOutcome;
    });
    if (!said) throw new Error("the agents said nothing");
    const memoryMb = rssBytes(pid) / 1e6;
    cloud.send(said.sent);
    const { delaysMs, current } = (await once(cloud, "message"))[0] as FleetOutcome;
    const lost = said.published - said.unacknowledged - delaysMs.length;
    return {
      what: `${agents.toLocaleString("en")} simulated agents, a report a minute each, ${said.published.toLocaleString("en")} reports`,
      measured: `${lost} lost, ${said.unacknowledged} refused, ${said.dropped} connections dropped; to the table p50 ${ms(quantile(delaysMs, 0.5))}, p99 ${ms(quantile(delaysMs, 0.99))}`,
      beside: `${agents - current} of the last reports not in the table`,
      ratio: `${(share * 100).toFixed(0)} % of a core, ${memoryMb.toFixed(0)} MB`,
      budget: "nothing lost",
      met: lost === 0 && said.unacknowledged === 0 && said.dropped === 0 && current === agents,
    };
  } finally {
    for (const child of [fleet, cloud]) {
      if (child.exitCode !== null) continue;
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    }
  }
}

function start(name: string, args: readonly string[]): ChildProcess {
  const program = fileURLToPath(new URL(`${name}.mjs`, import.meta.url));
  return fork(program, args, { execArgv: ["--enable-source-maps"] });
}
