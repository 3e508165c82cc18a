/** What each detector costs, beside the same stream without any. */
import type { DetectorName } from "@sightline/contracts/settings";
import { waitFor } from "../support/wait-for.ts";
import type { Figure } from "./figure.ts";
import { times } from "./figure.ts";
import { Cameras, Host } from "./host.ts";
import { cpuShares, pause } from "./usage.ts";

const detectors = ["motion", "face", "body"] as const satisfies readonly DetectorName[];
const intervals = [0, 4] as const;
const picturesPerSecond = 15;
const warmUpMs = 1_000;
const windowMs = 10_000;
const startMs = 20_000;
const camera = "hall";

export async function measureDetectors(): Promise<readonly Figure[]> {
  const cameras = await Cameras.start(1, ["--scene", "figures"]);
  const [url = ""] = cameras.urls;
  const host = await Host.start(new Set([new URL(url).host]));
  try {
    await host.add(camera, url);
    await waitFor("pictures", async () => (await host.streams()).some(({ frames }) => frames > 0), {
      timeoutMs: startMs,
    });
    const figures: Figure[] = [];
    for (const detector of detectors) figures.push(await measure(host, detector));
    return figures;
  } finally {
    await host.close();
    await cameras.close();
  }
}

async function measure(host: Host, detector: DetectorName): Promise<Figure> {
  const without = await share(host, [], 0);
  const shares: number[] = [];
  for (const interval of intervals) shares.push(await share(host, [detector], interval));
  const perPicture = shares.map((used) => ((used - without) * 1000) / picturesPerSecond);
  return {
    what: `${detector} detector, 640x360@${picturesPerSecond}, interval ${intervals.join(" / ")}`,
    measured: `${perPicture.map((cost) => cost.toFixed(2)).join(" / ")} ms a picture shown; ${shares
      .map((used) => (1 / used).toFixed(1))
      .join(" / ")} streams per core`,
    beside: `${((without * 1000) / picturesPerSecond).toFixed(2)} ms decoding and encoding it, ${(1 / without).toFixed(1)} streams`,
    ratio: shares.map((used) => times(used / without)).join(" / "),
    budget: "",
    met: undefined,
  };
}

/** Of a core, that the whole host uses. */
async function share(
  host: Host,
  kinds: readonly DetectorName[],
  interval: number,
): Promise<number> {
  await host.detect(camera, {
    detectors: [...kinds],
    rois: [],
    interval,
    osd: false,
    trackerConfig: "",
  });
  await pause(warmUpMs);
  const [used = Number.NaN] = await cpuShares([host.pid], () => pause(windowMs));
  return used;
}
