/** stream/*: which sources a device has. */
import { readDeviceState, type DeviceState } from "@sightline/core/device/delta";
import { addOnDevice, removeOnDevice } from "@sightline/core/stream/on-device";
import { sourceOfUrl } from "@sightline/core/stream/source";
import type { Stream } from "@sightline/core/stream/stream";
import type { StreamState } from "@sightline/contracts/stream-report";
import { envelope } from "./answer.ts";
import type { DeepstreamRoute, DeviceCall } from "./call.ts";
import { sensorSentences } from "./mapping.ts";
import { prometheusAnswer, wantsPrometheus } from "./prometheus.ts";
import { readBody, readSensor } from "./schema.ts";
import { inWords } from "./words.ts";

async function change({ deps, c, actor, device }: DeviceCall): Promise<Response> {
  const {
    change: kind,
    cameraId,
    cameraName,
    cameraUrl,
  } = readSensor(readBody(await c.req.text()));
  const stream = { device, localName: cameraId, source: sourceOfUrl(cameraUrl) };
  return inWords(sensorSentences[kind], () =>
    kind === "add"
      ? addOnDevice(deps, actor, { ...stream, title: cameraName })
      : removeOnDevice(deps, actor, stream),
  );
}

/** What of the streams is in the pipeline; a stock server cannot tell more than that. */
const listed: ReadonlySet<StreamState> = new Set([
  "connecting",
  "running",
  "stalled",
  "retrying",
  "unknown",
]);

/** Newest first. */
export const listedStreams = ({ streams, reportOf }: DeviceState): readonly Stream[] =>
  streams
    .filter(({ id, placement }) => {
      const stored = reportOf.get(id);
      return stored?.device === placement.device && listed.has(stored?.report.state ?? "stopped");
    })
    .toSorted((a, b) => b.createdAtMs - a.createdAtMs || (a.id < b.id ? 1 : -1));

async function list({ deps, c, device }: DeviceCall): Promise<Response> {
  const streams = listedStreams(await readDeviceState(deps, device));
  if (wantsPrometheus(c.req.header("accept")))
    return prometheusAnswer([
      {
        name: "total_stream_count",
        help: "Total stream count from ds",
        samples: [{ labels: { metric_name: "total_stream_count" }, value: streams.length }],
      },
    ]);
  return envelope(200, "GET_LIVE_STREAM_INFO_SUCCESS", {
    "stream-info": {
      "stream-count": streams.length,
      "stream-info": streams.map(({ localName, title, placement }) => ({
        camera_id: localName,
        camera_name: title,
        source_id: placement.slot ?? -1,
      })),
    },
  });
}

export const streamRoutes: readonly DeepstreamRoute[] = [
  { method: "POST", path: "/api/v1/stream/add", access: "streams:write", handle: change },
  { method: "POST", path: "/api/v1/stream/remove", access: "streams:write", handle: change },
  { method: "GET", path: "/api/v1/stream/get-stream-info", access: "streams:read", handle: list },
];
