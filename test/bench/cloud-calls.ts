/** DeepStream's calls made to the cloud, which waits for the box's word, beside the same calls made to the box itself. */
import { deepstreamPaths } from "@sightline/contracts/pipeline-paths";
import type { System } from "../support/system.ts";
import { median, ms, quantile, type Figure } from "./figure.ts";
import { pause } from "./usage.ts";

const rounds = 15;
/** AWS lets a thing ask for 20 shadow requests a second; calls back to back would measure that limit. */
const breatherMs = 400;
const churn = { cameras: 100, operationsPerMinute: 200 };

/** Who answers, and the number that the stream has there. */
interface Server {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly streamId: string;
}

type Call = (server: Server, round: number) => Promise<void>;

export async function measureCloudCalls(system: System): Promise<readonly Figure[]> {
  const [cloud, box] = [await cloudOf(system), await boxOf(system)];
  const took: Took[] = [];
  for (const [what, call] of Object.entries(callsOf(system)))
    took.push({ what, ...(await besideEachOther(call, { cloud, box })) });
  const row = (times: (one: Took) => readonly number[]): string =>
    `${took.map((one) => median(times(one)).toFixed(0)).join(" / ")} ms`;
  const more = took.map(({ through, direct }) => median(through) - median(direct));
  return [
    {
      what: `DeepStream calls, p50 of ${rounds}: ${took.map(({ what }) => what).join(" / ")}`,
      measured: `${row(({ through }) => through)} through the cloud`,
      beside: `${row(({ direct }) => direct)} on the box`,
      ratio: `+${Math.min(...more).toFixed(0)} to +${ms(Math.max(...more))}`,
      budget: "",
      met: undefined,
    },
    await measureChurn(system, cloud),
  ];
}

interface Took {
  readonly what: string;
  readonly through: readonly number[];
  readonly direct: readonly number[];
}

function callsOf(system: System): Readonly<Record<string, Call>> {
  const [url = ""] = system.ready.cameras;
  const sensor = (server: Server, change: string) => ({
    key: "sensor",
    value: { camera_id: `bench-${server.streamId}`, camera_url: url, change },
  });
  const set =
    (path: string, field: (round: number) => object): Call =>
    (server, round) =>
      post(server, path, { stream: { stream_id: server.streamId, ...field(round) } });
  const area = { roi_id: "1", top: 0, width: 100, height: 100 };
  return {
    "add and remove": async (server) => {
      await post(server, deepstreamPaths.streamAdd, sensor(server, "camera_add"));
      await post(server, deepstreamPaths.streamRemove, sensor(server, "camera_remove"));
    },
    "dec/drop-frame-interval": set(deepstreamPaths.dropFrameInterval, (round) => ({
      drop_frame_interval: 2 + (round % 2),
    })),
    "roi/update": set(deepstreamPaths.roi, (round) => ({
      roi_count: 1,
      roi: [{ ...area, left: round }],
    })),
    "enc/force-idr": set(deepstreamPaths.forceIdr, () => ({ force_idr: 1 })),
    "get-stream-info": async (server) => {
      await ask(server, deepstreamPaths.streamList, {});
    },
  };
}

async function besideEachOther(
  call: Call,
  { cloud, box }: { readonly cloud: Server; readonly box: Server },
): Promise<Omit<Took, "what">> {
  const [through, direct]: [number[], number[]] = [[], []];
  for (let round = 0; round < rounds; round += 1) {
    through.push(await timed(() => call(cloud, round)));
    // What the cloud has set already, so that it is no drift.
    direct.push(await timed(() => call(box, round)));
    await pause(breatherMs);
  }
  return { through, direct };
}

/** One after the other, as fast as they are answered. */
async function measureChurn(system: System, cloud: Server): Promise<Figure> {
  const [url = ""] = system.ready.cameras;
  const startMs = performance.now();
  const [adds, removes]: [number[], number[]] = [[], []];
  for (let at = 0; at < churn.cameras; at += 1) {
    const sensor = (change: string) => ({
      key: "sensor",
      value: { camera_id: `churn-${at}`, camera_url: url, change },
    });
    adds.push(await timed(() => post(cloud, deepstreamPaths.streamAdd, sensor("camera_add"))));
    removes.push(
      await timed(() => post(cloud, deepstreamPaths.streamRemove, sensor("camera_remove"))),
    );
  }
  const minutes = (performance.now() - startMs) / 60_000;
  const rate = (adds.length + removes.length) / minutes;
  const each = (times: readonly number[]): string =>
    `p50 ${ms(median(times))} (p95 ${ms(quantile(times, 0.95))})`;
  return {
    what: `${churn.cameras} cameras added and removed through the cloud, one box`,
    measured: `${rate.toFixed(0)} operations a minute: an add ${each(adds)}, a removal ${each(removes)}, none refused`,
    beside: "",
    ratio: "",
    budget: `${churn.operationsPerMinute} a minute`,
    met: rate >= churn.operationsPerMinute,
  };
}

async function cloudOf(system: System): Promise<Server> {
  const scopes = [
    "streams:read",
    "streams:write",
    "devices:read",
    "devices:write",
    "commands:write",
  ];
  const { device, deepstream: url } = system.ready;
  const body = { name: "bench", scopes, device };
  const made = await system.call("/v1/tokens", { method: "POST", body });
  const { body: stream } = await system.call("/v1/streams/camera-1");
  return {
    url,
    headers: { authorization: `Bearer ${made.body.token}` },
    streamId: String(stream.placement.slot),
  };
}

async function boxOf(system: System): Promise<Server> {
  const { url, token } = system.ready.pipeline;
  const response = await fetch(`${url}/api/v1/sightline/streams`, {
    headers: { authorization: `Bearer ${token}` },
  });
  const { streams } = (await response.json()) as {
    streams: { camera_id: string; source_id: number }[];
  };
  const streamId = streams.find(({ camera_id }) => camera_id === "camera-1")?.source_id;
  return { url, headers: {}, streamId: String(streamId) };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work();
  return performance.now() - startMs;
}

const post = (server: Server, path: string, body: object): Promise<void> =>
  ask(server, path, { method: "POST", body: JSON.stringify(body) });

async function ask({ url, headers }: Server, path: string, init: RequestInit): Promise<void> {
  const response = await fetch(`${url}${path}`, {
    ...init,
    headers: { accept: "application/json", ...headers },
  });
  const { reason } = (await response.json()) as { reason: string };
  if (response.status !== 200 || !reason.endsWith("_SUCCESS"))
    throw new Error(`${path}: ${response.status} ${reason}`);
}
