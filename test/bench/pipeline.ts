/** The pipeline host by itself: its CPU beside the same chain in gst-launch-1.0, and the first frame after an add. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { waitFor } from "../support/wait-for.ts";
import { median, ms, quantile, times, type Figure } from "./figure.ts";
import { Cameras, Host } from "./host.ts";
import { cpuShares, pause } from "./usage.ts";

const counts = [1, 4, 16] as const;
const windows = 2;
const windowMs = 10_000;
const adds = 30;
const startMs = 20_000;
const budget = 1.1;

export async function measurePipeline(): Promise<readonly Figure[]> {
  const cameras = await Cameras.start(Math.max(...counts));
  const host = await Host.start(new Set(cameras.urls.map((url) => new URL(url).host)));
  try {
    return [await measureCpu(host, cameras.urls), await measureFirstFrame(host, cameras.urls)];
  } finally {
    await host.close();
    await cameras.close();
  }
}

async function measureCpu(host: Host, urls: readonly string[]): Promise<Figure> {
  const shares: { readonly ours: number; readonly theirs: number }[] = [];
  for (const count of counts) {
    const some = urls.slice(0, count);
    const ours: number[] = [];
    const theirs: number[] = [];
    for (let round = 0; round < windows; round += 1) {
      ours.push(await hosted(host, some));
      theirs.push(await launched(some));
    }
    shares.push({ ours: mean(ours) / count, theirs: mean(theirs) / count });
  }
  const percent = (values: readonly number[]): string =>
    `${values.map((value) => (value * 100).toFixed(1)).join(" / ")} % of a core each`;
  const ratios = shares.map(({ ours, theirs }) => ours / theirs);
  return {
    what: `pipeline CPU, ${counts.join(" / ")} streams 640x360@15, decoded and encoded`,
    measured: percent(shares.map(({ ours }) => ours)),
    beside: `${percent(shares.map(({ theirs }) => theirs))}, gst-launch-1.0`,
    ratio: ratios.map(times).join(" / "),
    budget: `≤ ${budget}×`,
    met: ratios.every((ratio) => ratio <= budget),
  };
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Share of a core that the host uses with these cameras, and nothing afterwards. */
async function hosted(host: Host, urls: readonly string[]): Promise<number> {
  for (const [at, url] of urls.entries()) await host.add(`camera-${at}`, url);
  await allRun(host, urls.length);
  // gst-launch-1.0 looks for nothing either; what that costs, the detectors' rows say.
  for (const at of urls.keys())
    await host.detect(`camera-${at}`, {
      detectors: [],
      rois: [],
      interval: 0,
      osd: false,
      trackerConfig: "",
    });
  const [share = Number.NaN] = await cpuShares([host.pid], () => pause(windowMs));
  for (const [at, url] of urls.entries()) await host.remove(`camera-${at}`, url);
  return share;
}

const allRun = (host: Host, count: number): Promise<unknown> =>
  waitFor(
    `${count} running streams`,
    async () => (await host.streams()).filter(({ state }) => state === "running").length === count,
    { timeoutMs: startMs },
  );

/** The same chain as the host's for each camera, in one process. */
async function launched(urls: readonly string[]): Promise<number> {
  const chain = (url: string): readonly string[] =>
    `rtspsrc location=${url} protocols=tcp latency=100 ! rtph264depay ! h264parse !
     avdec_h264 max-threads=1 ! queue max-size-buffers=3 leaky=downstream !
     videoconvert ! video/x-raw,format=I420 !
     x264enc tune=zerolatency speed-preset=ultrafast threads=1 pass=cbr key-int-max=30 bitrate=2000 !
     fakesink sync=false`.split(/\s+/);
  const child = spawn("gst-launch-1.0", ["-q", ...urls.flatMap(chain)], { stdio: "ignore" });
  try {
    // As long as the host's streams had to start.
    await pause(3_000);
    const [share = Number.NaN] = await cpuShares([child.pid ?? 0], () => pause(windowMs));
    return share;
  } finally {
    const ended = once(child, "exit");
    child.kill("SIGKILL");
    await ended;
  }
}

async function measureFirstFrame(host: Host, urls: readonly string[]): Promise<Figure> {
  const taken: number[] = [];
  for (let add = 0; add < adds; add += 1) {
    const url = urls[add % urls.length] ?? "";
    const beganMs = performance.now();
    await host.add("first", url);
    await waitFor(
      "the first frame",
      async () => (await host.streams()).some(({ frames }) => frames > 0),
      { timeoutMs: startMs, pollMs: 2 },
    );
    taken.push(performance.now() - beganMs);
    await host.remove("first", url);
  }
  return {
    what: `first frame after an add, p50 of ${adds} (p95)`,
    measured: `${ms(median(taken))} (${ms(quantile(taken, 0.95))})`,
    beside: "",
    ratio: "",
    budget: "",
    met: undefined,
  };
}
