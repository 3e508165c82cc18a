/** Simulated agents with a report a minute on this machine: how many reports are lost, and how long one takes to the table. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { AgentsOutcome } from "./fleet-agents.ts";
import type { FleetOutcome, FleetReady } from "./fleet-cloud.ts";
import { ms, quantile, type Figure } from "./figure.ts";
import { cpuShares, rssBytes } from "./usage.ts";

const sizes = [1_000, 10_000] as const;
const rounds = 2;

interface Outcome {
  readonly agents: number;
  readonly reports: number;
  /** Acknowledged reports that did not get to the table. */
  readonly lost: number;
  readonly unacknowledged: number;
  readonly dropped: number;
  /** Agents whose last report is not the one in the table. */
  readonly stale: number;
  readonly delaysMs: readonly number[];
  readonly share: number;
  readonly memoryMb: number;
}

export async function measureFleet(): Promise<readonly Figure[]> {
  const outcomes: Outcome[] = [];
  for (const agents of sizes) outcomes.push(await measure(agents));
  const each = (text: (outcome: Outcome) => string): string => outcomes.map(text).join(" / ");
  const whole = (value: number): string => value.toLocaleString("en");
  return [
    {
      what: `${each(({ agents }) => whole(agents))} simulated agents, a report a minute each`,
      measured: `to the table p50 ${each((one) => ms(quantile(one.delaysMs, 0.5)))}, p99 ${each((one) => ms(quantile(one.delaysMs, 0.99)))}; lost ${each(({ lost, stale }) => String(lost + stale))} of ${each(({ reports }) => whole(reports))}, connections dropped ${each(({ dropped }) => String(dropped))}`,
      beside: `${each(({ share }) => `${(share * 100).toFixed(0)} %`)} of a core, ${each(({ memoryMb }) => `${memoryMb.toFixed(0)} MB`)}: gateway and handlers`,
      ratio: "",
      budget: "nothing lost",
      met: outcomes.every((one) => one.lost + one.stale + one.unacknowledged + one.dropped === 0),
    },
  ];
}

async function measure(agents: number): Promise<Outcome> {
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
    return {
      agents,
      reports: said.published,
      lost: said.published - said.unacknowledged - delaysMs.length,
      unacknowledged: said.unacknowledged,
      dropped: said.dropped,
      stale: agents - current,
      delaysMs,
      share,
      memoryMb,
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
