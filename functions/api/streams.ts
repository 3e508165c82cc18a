import { StreamAnswer, StreamStatsAnswer, pageOf } from "./answers.ts";
import { applyMergePatch } from "@sightline/core/merge-patch";
import { createStream } from "@sightline/core/stream/create";
import { deleteStream, deleteStreamAndWait } from "@sightline/core/stream/delete";
import { listStreams, showStream } from "@sightline/core/stream/list";
import { findStream } from "@sightline/core/stream/find";
import { editStream } from "@sightline/core/stream/edit";
import { streamSnapshot } from "@sightline/core/stream/snapshot";
import { streamStats } from "@sightline/core/stream/stats";
import type { StoredStreamReport, Stream } from "@sightline/core/stream/stream";
import { waitForStream } from "@sightline/core/stream/wait";
import {
  etag,
  ifMatchRevision,
  parameter,
  parseInput,
  preferredWaitMs,
  readBody,
  readJson,
  type Call,
  type Route,
} from "../shared/call.ts";
import { answerList, siteQuery, siteFilter } from "./list.ts";
import { streamView } from "./mapping.ts";
import { NewStream, StreamDocument } from "./schema.ts";

interface AcceptedWrite {
  readonly stream: Stream;
  readonly status: 200 | 201;
  /** Why no device took it, by device name. */
  readonly waiting?: Readonly<Record<string, string>>;
}

/**
 * The answer to a write: at once, or after the device's word when the client prefers to wait (then 202 when there was none).
 */
export async function answerWrite(call: Call, write: AcceptedWrite): Promise<Response> {
  const { deps, c } = call;
  const { stream, status, waiting = {} } = write;
  const waitMs = preferredWaitMs(call);
  let report: StoredStreamReport | undefined;
  let answered = true;
  if (waitMs > 0) {
    const waited = await waitForStream(deps, stream, waitMs);
    report = waited.report;
    answered = waited.outcome === "applied" || waited.outcome === "unplaced";
    c.header("preference-applied", `wait=${waitMs / 1000}`);
  } else report = await deps.store.streams.getReport(stream.organization, stream.id);
  const view = {
    ...streamView(await showStream(deps, stream, report), deps.clock.nowMs()),
    ...(Object.keys(waiting).length > 0 && { waiting }),
  };
  return c.json(view, answered ? status : 202, {
    etag: etag(stream.revision),
    location: `/v1/streams/${stream.id}`,
  });
}

async function create(call: Call): Promise<Response> {
  const input = await readBody(call, NewStream);
  const { stream, waiting } = await createStream(call.deps, call.actor, input);
  return answerWrite(call, { stream, status: 201, waiting });
}

async function list(call: Call): Promise<Response> {
  const { deps, actor } = call;
  const { organization } = actor;
  const filter = await siteFilter(call);
  return answerList(call, {
    query: ["streams", organization, filter.site],
    read: (page) => listStreams(deps, actor, { ...page, ...filter }),
    render: (items) => items.map((shown) => streamView(shown, deps.clock.nowMs())),
  });
}

async function get(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  const stream = await findStream(deps, actor, parameter(call, "stream"));
  const report = await deps.store.streams.getReport(actor.organization, stream.id);
  const shown = await showStream(deps, stream, report);
  return c.json(streamView(shown, deps.clock.nowMs()), 200, { etag: etag(stream.revision) });
}

async function patch(call: Call): Promise<Response> {
  const change = await readJson(call.c);
  const stream = await editStream(call.deps, call.actor, {
    stream: parameter(call, "stream"),
    edit: (document) => parseInput(StreamDocument, applyMergePatch(document, change)),
    ifRevision: ifMatchRevision(call),
  });
  return answerWrite(call, { stream, status: 200 });
}

async function remove(call: Call): Promise<Response> {
  const { deps, actor, c } = call;
  const deletion = { stream: parameter(call, "stream"), ifRevision: ifMatchRevision(call) };
  const timeoutMs = preferredWaitMs(call);
  if (timeoutMs === 0) {
    await deleteStream(deps, actor, deletion);
    return c.body(null, 204);
  }
  const outcome = await deleteStreamAndWait(deps, actor, { ...deletion, timeoutMs });
  const applied = outcome === "applied" || outcome === "unplaced";
  return c.body(null, applied ? 204 : 202, { "preference-applied": `wait=${timeoutMs / 1000}` });
}

async function stats(call: Call): Promise<Response> {
  return call.c.json(await streamStats(call.deps, call.actor, parameter(call, "stream")));
}

async function snapshot(call: Call): Promise<Response> {
  const { jpeg, ageMs } = await streamSnapshot(call.deps, call.actor, parameter(call, "stream"));
  return call.c.body(new Uint8Array(jpeg), 200, {
    "content-type": "image/jpeg",
    // Whole seconds. [RFC 9111, 5.1]
    age: String(Math.round(ageMs / 1000)),
    "cache-control": "no-store",
  });
}

export const streamRoutes: readonly Route[] = [
  {
    method: "POST",
    path: "/v1/streams",
    access: "streams:write",
    about: {
      summary: "Adds a stream.",
      body: NewStream,
      waits: true,
      answers: { 201: StreamAnswer, 202: StreamAnswer },
      errors: [
        "site.not-found",
        "folder.not-found",
        "device.not-found",
        "device.stream-limit",
        "stream.name-taken",
        "stream.local-name-taken",
        "stream.conflict",
        "shadow.too-large",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: create,
  },
  {
    method: "GET",
    path: "/v1/streams",
    access: "streams:read",
    about: {
      summary: "Lists streams by name.",
      query: siteQuery,
      answers: { 200: pageOf("Streams", StreamAnswer) },
      errors: ["input.invalid", "input.cursor-invalid", "site.not-found"],
    },
    handle: list,
  },
  {
    method: "GET",
    path: "/v1/streams/:stream",
    access: "streams:read",
    about: {
      summary: "One stream, by id or name.",
      answers: { 200: StreamAnswer },
      errors: ["stream.not-found"],
    },
    handle: get,
  },
  {
    method: "PATCH",
    path: "/v1/streams/:stream",
    access: "streams:write",
    about: {
      summary: "Changes what a stream should be.",
      patch: StreamDocument,
      ifMatch: true,
      waits: true,
      answers: { 200: StreamAnswer, 202: StreamAnswer },
      errors: [
        "stream.not-found",
        "device.not-found",
        "folder.not-found",
        "stream.changed",
        "stream.conflict",
        "stream.local-name-taken",
        "device.stream-limit",
        "shadow.too-large",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: patch,
  },
  {
    method: "DELETE",
    path: "/v1/streams/:stream",
    access: "streams:write",
    about: {
      summary: "Removes a stream.",
      ifMatch: true,
      waits: true,
      answers: { 202: "nothing", 204: "nothing" },
      errors: [
        "stream.not-found",
        "input.invalid",
        "stream.changed",
        "stream.conflict",
        "sync.conflict",
        "gateway.unavailable",
      ],
    },
    handle: remove,
  },
  {
    method: "GET",
    path: "/v1/streams/:stream/stats",
    access: "streams:read",
    about: {
      summary: "Counters, fresh from the box or of its last report.",
      answers: { 200: StreamStatsAnswer },
      errors: ["stream.not-found", "stream.not-placed", "stream.no-report", "gateway.unavailable"],
    },
    handle: stats,
  },
  {
    method: "GET",
    path: "/v1/streams/:stream/snapshot",
    access: "streams:read",
    about: {
      summary: "A picture from the box.",
      answers: { 200: "jpeg" },
      errors: [
        "stream.not-found",
        "stream.not-placed",
        "device.offline",
        "snapshot.unavailable",
        "stream.no-frame",
        "gateway.unavailable",
        "command.unsupported",
      ],
    },
    handle: snapshot,
  },
];
