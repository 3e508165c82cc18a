/** What NVIDIA's server lists, as the agent's own list: what neither it nor the agent knows is `unknown` or nothing. Pure. */
import * as z from "zod";
import { DomainError } from "@sightline/contracts/errors";
import { parseJson } from "../../json.ts";
import type { ListedStream } from "../driver.ts";
import type { PipelineAnswer } from "../request.ts";
import { withoutUserinfo } from "../source-url.ts";
import { readAnswer } from "./server.ts";

const Listed = z.object({
  "stream-info": z.object({
    "stream-info": z.array(
      z.object({
        camera_id: z.string(),
        camera_name: z.string().default(""),
        source_id: z.number().optional(),
      }),
    ),
  }),
});

export interface ListedCamera {
  readonly name: string;
  readonly title: string;
  /** Undefined before 8.0, and for a source whose pad is not there yet. */
  readonly sourceId: number | undefined;
}

/** A pad index; 8.0 prints -1 as 4294967295. */
const sourceIdMax = 100_000;

/** Sources of the server's own `uri-list` have no name: nobody can speak of them. @throws DomainError pipeline.unavailable */
export function readCameras(answer: PipelineAnswer): ListedCamera[] {
  const { isSuccess, reason } = readAnswer(answer);
  const parsed = Listed.safeParse(parseJson(answer.body.toString("utf8")));
  if (!isSuccess || !parsed.success)
    throw new DomainError("pipeline.unavailable", `the server has no list of streams: ${reason}`, {
      hint: "deepstream-server-app lists streams only with within_multiurisrcbin: 1",
    });
  return parsed.data["stream-info"]["stream-info"]
    .filter(({ camera_id }) => camera_id !== "")
    .map(({ camera_id, camera_name, source_id }) => ({
      name: camera_id,
      title: camera_name,
      sourceId: isSourceId(source_id) ? source_id : undefined,
    }));
}

const isSourceId = (id: number | undefined): id is number =>
  id !== undefined && Number.isInteger(id) && id >= 0 && id <= sourceIdMax;

const Metrics = z.object({
  "metrics-info": z.object({
    "stream-stats": z
      .array(z.object({ sensor_id: z.string(), fps: z.number(), frame_number: z.number() }))
      .default([]),
  }),
});

export interface Counters {
  readonly fps: number;
  readonly frames: number;
}

/** By camera; nothing where the server has measured nothing yet, or cannot. */
export function readCounters({ status, body }: PipelineAnswer): ReadonlyMap<string, Counters> {
  const parsed = Metrics.safeParse(parseJson(body.toString("utf8")));
  if (status !== 200 || !parsed.success) return new Map();
  return new Map(
    parsed.data["metrics-info"]["stream-stats"].map(({ sensor_id, fps, frame_number }) => [
      sensor_id,
      { fps: Math.max(0, fps), frames: Math.max(0, Math.trunc(frame_number)) },
    ]),
  );
}

interface Known {
  readonly counters: Counters | undefined;
  /** By which the agent added it; the server itself tells none. */
  readonly url: string | undefined;
}

export const listedStream = (
  { name, title, sourceId }: ListedCamera,
  { counters, url = "" }: Known,
): ListedStream => ({
  camera_id: name,
  camera_name: title,
  url: withoutUserinfo(url),
  hasCredentials: withoutUserinfo(url) !== url,
  source_id: sourceId,
  state: "unknown",
  sinceAtMs: 0,
  frames: counters?.frames ?? 0,
  lastFrameAtMs: 0,
  fps: counters?.fps ?? 0,
  kbps: 0,
  width: 0,
  height: 0,
  restarts: 0,
  applied: undefined,
  output: { rtspUrl: "", clients: 0, bytesOut: 0, idrFrames: 0 },
});
