/** The health report: what /proc and /sys say of the box, and the counters of every stream. */
import { readdir, readFile, statfs } from "node:fs/promises";
import { uptime } from "node:os";
import type { HealthReport } from "@sightline/contracts/device-report";
import type { BoxClock } from "../clock.ts";

export type HealthStreams = HealthReport["streams"];

interface Sample {
  readonly atMs: number;
  readonly busy: number;
  readonly total: number;
  readonly inBytes: number;
  readonly outBytes: number;
}

export class HealthMeter {
  readonly #nowMs: BoxClock;
  readonly #startedAtMs: number;
  readonly #paths: readonly string[];
  #last: Promise<Sample>;

  /** Shares and rates are of the time since the last report. */
  constructor(folder: string, nowMs: BoxClock) {
    this.#nowMs = nowMs;
    this.#startedAtMs = nowMs();
    this.#paths = [...new Set(["/", folder])];
    this.#last = takeSample();
  }

  async read(streams: HealthStreams, droppedEvents: number): Promise<HealthReport> {
    const before = await this.#last;
    this.#last = takeSample();
    const now = await this.#last;
    const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1000);
    const kbit = (bytes: number): number => round(Math.max(0, bytes) / 125 / seconds);
    const [temperatureC, gpuPercent] = await Promise.all([hottestZone(), gpuLoad()]);
    return {
      v: 1,
      atMs: this.#nowMs(),
      startedAtMs: this.#startedAtMs,
      uptimeS: Math.round(uptime()),
      cpuPercent: round((100 * (now.busy - before.busy)) / Math.max(1, now.total - before.total)),
      memory: await memory(),
      partitions: await partitions(this.#paths),
      network: {
        inKbit: kbit(now.inBytes - before.inBytes),
        outKbit: kbit(now.outBytes - before.outBytes),
      },
      ...(temperatureC === undefined ? {} : { temperatureC }),
      ...(gpuPercent === undefined ? {} : { gpuPercent }),
      streams,
      droppedEvents,
    };
  }
}

const round = (value: number): number => Math.round(value * 10) / 10;

async function takeSample(): Promise<Sample> {
  const [stat, network] = await Promise.all([readText("/proc/stat"), readText("/proc/net/dev")]);
  const ticks = (/^cpu +(.*)$/m.exec(stat)?.[1] ?? "").split(" ").map(Number).slice(0, 8);
  const total = ticks.reduce((sum, each) => sum + each, 0);
  // [proc(5)] user nice system idle iowait irq softirq steal
  const idle = (ticks[3] ?? 0) + (ticks[4] ?? 0);
  return { atMs: performance.now(), busy: total - idle, total, ...trafficOf(network) };
}

/** [proc(5)] /proc/net/dev: the first column is bytes in, the ninth bytes out. */
function trafficOf(text: string): { inBytes: number; outBytes: number } {
  let inBytes = 0;
  let outBytes = 0;
  for (const line of text.split("\n")) {
    const [, name, counters] = /^\s*([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (!name || !counters || name === "lo") continue;
    const columns = counters.split(/\s+/).map(Number);
    inBytes += columns[0] ?? 0;
    outBytes += columns[8] ?? 0;
  }
  return { inBytes, outBytes };
}

async function memory(): Promise<HealthReport["memory"]> {
  const text = await readText("/proc/meminfo");
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const totalBytes = kib("MemTotal") * 1024;
  return { usedBytes: totalBytes - kib("MemAvailable") * 1024, totalBytes };
}

async function partitions(paths: readonly string[]): Promise<HealthReport["partitions"]> {
  const rows = await Promise.all(
    paths.map(async (path) => {
      try {
        const { blocks, bfree, bsize } = await statfs(path);
        return [
          {
            path: path.slice(0, 64),
            usedBytes: (blocks - bfree) * bsize,
            totalBytes: blocks * bsize,
          },
        ];
      } catch {
        return [];
      }
    }),
  );
  return rows.flat();
}

async function hottestZone(): Promise<number | undefined> {
  const folder = "/sys/class/thermal";
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names
      .filter((name) => name.startsWith("thermal_zone"))
      .map((name) => readText(`${folder}/${name}/temp`)),
  );
  const degrees = texts.filter((text) => /^-?\d+$/.test(text)).map((text) => Number(text) / 1000);
  return degrees.length === 0 ? undefined : Math.max(...degrees);
}

/** Jetson boards: the integrated GPU's load in tenths of a percent. */
async function gpuLoad(): Promise<number | undefined> {
  for (const path of ["/sys/devices/gpu.0/load", "/sys/devices/platform/gpu.0/load"]) {
    const text = await readText(path);
    if (/^\d+$/.test(text)) return Number(text) / 10;
  }
  return undefined;
}

async function readText(path: string): Promise<string> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch {
    return "";
  }
}
