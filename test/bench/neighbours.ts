/** What streams that run notice of others that come and go: the pictures that were sent and never arrived. */
import { waitFor } from "../support/wait-for.ts";
import type { Figure } from "./figure.ts";
import { Cameras, Host } from "./host.ts";
import { pause } from "./usage.ts";

const neighbours = 4;
const cycles = 200;
const startMs = 20_000;
/** Several pictures at 15 a second: what is on its way has arrived after it. */
const settleMs = 500;

interface Tally {
  readonly sent: number;
  readonly received: number;
}

export async function measureNeighbours(): Promise<readonly Figure[]> {
  const cameras = await Cameras.start(neighbours + 1);
  const host = await Host.start(new Set(cameras.urls.map((url) => new URL(url).host)));
  try {
    const some = cameras.urls.slice(0, neighbours);
    for (const [at, url] of some.entries()) await host.add(name(at), url);
    await waitFor(
      "running neighbours",
      async () => (await host.streams()).every(({ state }) => state === "running"),
      { timeoutMs: startMs },
    );
    const before = await tally(host, cameras);
    await comeAndGo(host, cameras.urls[neighbours] ?? "");
    const after = await tally(host, cameras);
    const sent = after.sent - before.sent;
    const lost = sent - (after.received - before.received);
    return [
      {
        what: `${neighbours} streams while ${cycles} others come and go`,
        measured: `${lost} of ${sent.toLocaleString("en")} pictures lost`,
        beside: "",
        ratio: "",
        budget: "0",
        met: lost === 0,
      },
    ];
  } finally {
    await host.close();
    await cameras.close();
  }
}

const name = (at: number): string => `neighbour-${at + 1}`;

async function comeAndGo(host: Host, url: string): Promise<void> {
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    const camera = `cycle-${cycle}`;
    await host.add(camera, url);
    await waitFor("its first picture", async () => (await received(host, camera)) > 0, {
      timeoutMs: startMs,
      pollMs: 10,
    });
    await host.remove(camera, url);
  }
}

/** Of all neighbours. One camera after the other stands still meanwhile, for less than counts as a stall. */
async function tally(host: Host, cameras: Cameras): Promise<Tally> {
  let total: Tally = { sent: 0, received: 0 };
  for (let at = 0; at < neighbours; at += 1) {
    await cameras.command("freeze", at + 1);
    await pause(settleMs);
    const { sent } = await cameras.command("count", at + 1);
    total = {
      sent: total.sent + Number(sent),
      received: total.received + (await received(host, name(at))),
    };
    await cameras.command("thaw", at + 1);
  }
  return total;
}

const received = async (host: Host, camera: string): Promise<number> =>
  (await host.streams()).find(({ camera_id: id }) => id === camera)?.frames ?? 0;
