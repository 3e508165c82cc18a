/** Watching a server that somebody else runs: when it is there, when it is another one, and what of ours it still has. */
import { afterAll, expect, it } from "vitest";
import type { Restart, RunningPipeline } from "../src/pipeline/keeper.ts";
import { AddedUrls } from "../src/pipeline/stock/added-urls.ts";
import { StockWatch } from "../src/pipeline/stock/watch.ts";
import {
  NvidiaServer,
  type NvidiaServerOptions,
} from "../../test/support/nvidia-server/nvidia-server.ts";
import { Memory } from "./memory.ts";
import { waitFor } from "./wait-for.ts";

const closing: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const close of closing) await close();
});

const start = async (options: NvidiaServerOptions): Promise<NvidiaServer> => {
  const nvidia = await NvidiaServer.start(options);
  closing.push(() => nvidia.kill());
  return nvidia;
};

interface Watched {
  readonly watch: StockWatch;
  readonly ups: RunningPipeline[];
  readonly downs: number[];
}

function watchOn({ url }: NvidiaServer, memory = new Memory()): Watched {
  const watched = { ups: [] as RunningPipeline[], downs: [] as number[] };
  const watch = new StockWatch(
    {
      url,
      profile: "auto",
      urls: new AddedUrls(memory),
      sources: { allowSources: [], mediaDir: undefined },
    },
    {
      up: (running) => void watched.ups.push(running),
      down: (): Restart => {
        watched.downs.push(1);
        return "later";
      },
    },
  );
  closing.push(() => watch.stop());
  watch.start();
  return { watch, ...watched };
}

const up = ({ ups }: Watched, times: number): Promise<RunningPipeline> =>
  waitFor(() => ups[times - 1], `up for the ${times}. time`);
const camera = (localName: string) => ({ localName, url: `rtsp://192.0.2.7/${localName}` });

it.concurrent.each(["7.1", "8.0", "9.1"] as const)(
  "finds a server of %s again after it was started anew",
  async (release) => {
    const nvidia = await start({ release });
    const watched = watchOn(nvidia);
    const first = await up(watched, 1);
    expect(first).toMatchObject({ pid: 0, url: nvidia.url, found: [] });
    expect((await first.driver.about()).release).toBe(release);
    await nvidia.kill();
    await waitFor(() => watched.downs.length === 1, "down");
    await expect(first.driver.list()).rejects.toMatchObject({ code: "pipeline.unavailable" });
    await nvidia.start();
    expect((await up(watched, 2)).driver).not.toBe(first.driver);
    expect(watched.watch.restarts).toBe(1);
    expect(nvidia.aborts).toEqual([]);
  },
);

it.concurrent("waits for a server that is not there yet", async () => {
  const nvidia = await start({ release: "8.0" });
  await nvidia.kill();
  const watched = watchOn(nvidia);
  await waitFor(() => watched.downs.length === 1, "that there is none");
  await nvidia.start();
  await up(watched, 1);
  expect([watched.watch.restarts, watched.downs.length]).toEqual([0, 1]);
});

it.concurrent("leaves the server as it is when it stops, and finds its own cameras there later", async () => {
  const nvidia = await start({ release: "8.0" });
  const memory = new Memory();
  const first = watchOn(nvidia, memory);
  const { driver } = await up(first, 1);
  await driver.add(camera("door"), "r");
  const value = { camera_id: "theirs", camera_url: "rtsp://192.0.2.9/1", change: "camera_add" };
  await fetch(`${nvidia.url}/api/v1/stream/add`, {
    method: "POST",
    body: JSON.stringify({ value }),
  });
  await first.watch.stop();
  const again = await up(watchOn(nvidia, memory), 1);
  expect(again.found).toEqual([camera("door")]);
  expect((await again.driver.list()).streams).toHaveLength(2);
});

it.concurrent("gives up a server that accepts connections and says nothing", async () => {
  const nvidia = await start({ release: "9.1" });
  const watched = watchOn(nvidia);
  await up(watched, 1);
  await nvidia.delay("/version", 60_000);
  await waitFor(() => watched.downs.length === 1, "down", 25_000);
});
