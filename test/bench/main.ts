/** `npm run bench [-- names]`: measures side by side in one run and prints the table of the README. */
import { cpus, release, totalmem } from "node:os";
import { measureAgentIdle } from "./agent-idle.ts";
import { measureApiCpu } from "./api-cpu.ts";
import { measureModuleInit } from "./module-init.ts";
import { measureDetectors } from "./detectors.ts";
import { measureNeighbours } from "./neighbours.ts";
import { measurePipeline } from "./pipeline.ts";
import { System } from "../support/system.ts";
import { measureApplied } from "./applied.ts";
import { measureCloudCalls } from "./cloud-calls.ts";
import { measureConvergence } from "./convergence.ts";
import { measureFleet } from "./fleet.ts";
import { markdown, type Figure } from "./figure.ts";

type Bench = () => Promise<readonly Figure[]>;

/** With the demo running, and ended again. */
const onSystem =
  (measure: (system: System) => Promise<readonly Figure[]>): Bench =>
  async () => {
    const system = await System.start();
    try {
      return await measure(system);
    } finally {
      await system.dispose();
    }
  };

const benches: Readonly<Record<string, Bench>> = {
  applied: onSystem(measureApplied),
  "api-cpu": onSystem(measureApiCpu),
  "module-init": measureModuleInit,
  "cloud-calls": onSystem(measureCloudCalls),
  convergence: onSystem(measureConvergence),
  pipeline: measurePipeline,
  neighbours: measureNeighbours,
  detectors: measureDetectors,
  "agent-idle": onSystem(measureAgentIdle),
  fleet: measureFleet,
};

async function main(names: readonly string[]): Promise<void> {
  const figures: Figure[] = [];
  for (const [name, bench] of Object.entries(benches)) {
    if (names.length > 0 && !names.includes(name)) continue;
    process.stderr.write(`${new Date().toISOString()} ${name} …\n`);
    figures.push(...(await bench()));
  }
  process.stdout.write(`\n${markdown(figures)}\n\n${machine()}\n`);
}

function machine(): string {
  const [first] = cpus();
  const gigabytes = Math.round(totalmem() / 2 ** 30);
  return `${cpus().length} cores ${first?.model.trim() ?? ""}, ${gigabytes} GB, Linux ${release()}, Node ${process.versions.node}`;
}

await main(process.argv.slice(2));
