/** What a POST does, and what it answers. Whatever NVIDIA's server does not catch is an `Abort` here: the process ends. */
import { roiPath, type Endpoint, type Outcome } from "./endpoints.ts";
import { isObject, NotConvertible, readJson, toText, toUnsigned } from "./json.ts";
import type { Json, JsonObject } from "./json.ts";
import type { ReleaseQuirks } from "./release.ts";
import type { Sources } from "./sources.ts";

/** The request that ended the process. */
export class Abort extends Error {}

export interface Server {
  readonly quirks: ReleaseQuirks;
  readonly sources: Sources;
  /** What holds for all streams, by path. */
  readonly shared: Record<string, Json>;
}

const ok = (reason: string): Outcome => ({ code: 200, reason });
const badRequest = (reason: string): Outcome => ({ code: 400, reason });
const failed = (reason: string): Outcome => ({ code: 500, reason });

const notSupported = badRequest("Sensor API change string not supported");

/** The path says nothing: only `change` does, and it is looked at for a part of it. */
export function changeStreams(server: Server, body: string): Outcome {
  const root = readJson(body);
  if (Array.isArray(root)) return sensorError(new NotConvertible(notAnObject));
  const sensor = isObject(root) ? (root["value"] ?? root["event"]) : undefined;
  if (Array.isArray(sensor)) return sensorError(new NotConvertible(notAnObject));
  if (!isObject(sensor)) return notSupported;
  try {
    return changeStream(server, sensor);
  } catch (error) {
    return sensorError(error);
  }
}

const notAnObject = "in Json::Value::find(begin, end): requires objectValue or nullValue";

function sensorError(error: unknown): Outcome {
  if (!(error instanceof NotConvertible)) throw error;
  return badRequest(`STREAM ADD/REMOVE_FAIL, error: ${error.message}`);
}

function changeStream({ quirks, sources }: Server, sensor: JsonObject): Outcome {
  const [change, cameraId, cameraName, url] = [
    "change",
    "camera_id",
    "camera_name",
    "camera_url",
  ].map((key) => toText(sensor[key])) as [string, string, string, string];
  const isAdd = change.includes("add") || change.includes("streaming");
  if (!isAdd && !change.includes("remove")) return notSupported;
  const verb = change.includes("add") ? "ADD" : "REMOVE";
  if (url === "") return badRequest(`STREAM_${verb}_FAIL, Source url empty`);
  if (cameraId === "") return badRequest(`STREAM_${verb}_FAIL, Source id empty`);
  if (!isAdd) {
    if (sources.remove(cameraId, url)) return ok("STREAM_REMOVE_SUCCESS");
    return quirks.unknownRemove === "empty"
      ? ok("")
      : failed("STREAM_REMOVE_FAIL, No record found. Failed to remove source stream");
  }
  const outcome = sources.add({ cameraId, cameraName, url });
  if (outcome === "full")
    return failed("STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux");
  if (outcome === "duplicate")
    return failed("STREAM_ADD_FAIL, Duplicate Camera id, unable to add stream");
  return ok("STREAM_ADD_SUCCESS");
}

export function applySetting(server: Server, endpoint: Endpoint, body: string): Outcome {
  const roots = rootsOf(readJson(body));
  if (!roots || roots.length === 0) return emptyBody(server, endpoint);
  let outcome: Outcome = ok("");
  for (const root of roots) outcome = applyRoot(server, endpoint, root);
  return outcome;
}

/** Every root key counts, whatever its name, in alphabetical order. An array or scalar inside of one is not caught. */
function rootsOf(root: Json | undefined): readonly JsonObject[] | undefined {
  if (Array.isArray(root) && root.length > 0) throw new Abort("the root is an array");
  if (!isObject(root)) return undefined;
  return Object.keys(root)
    .toSorted()
    .map((key) => {
      const value = root[key];
      if (!isObject(value)) throw new Abort(`the value of ${key} is no object`);
      return value;
    });
}

function emptyBody(server: Server, { path, prefix, emptyBody: does }: Endpoint): Outcome {
  if (does === "abort") throw new Abort(`${path} with an empty body`);
  if (does === "refuse") return badRequest(`${prefix}_FAIL, error: empty`);
  server.shared[path] = does.applies;
  return ok(`${prefix}_SUCCESS`);
}

function applyRoot(server: Server, endpoint: Endpoint, root: JsonObject): Outcome {
  const { path, field, prefix, unknownStream } = endpoint;
  let value: Json;
  try {
    value = Object.hasOwn(root, field) ? endpoint.read(root[field]) : endpoint.missing;
  } catch (error) {
    if (!(error instanceof NotConvertible)) throw error;
    if (endpoint.abortsOnType) throw new Abort(`${path}: ${error.message}`);
    return badRequest(`${prefix}_FAIL, error: ${error.message}`);
  }
  if (unknownStream !== undefined && endpoint.hasBareRefusal && root["stream_id"] === "")
    return badRequest(`${prefix}_FAIL, stream_id value not parsed correctly`);
  if (endpoint.isInRange?.(value) === false) {
    const text = endpoint.outOfRange ?? "";
    return badRequest(endpoint.hasBareRefusal ? text : `${prefix}_FAIL, ${text}`);
  }
  if (unknownStream === undefined) {
    server.shared[path] = value;
    return ok(`${prefix}_SUCCESS`);
  }
  const source = server.sources.find(streamIdOf(path, root));
  if (!source) return failed(`${prefix}_FAIL, ${unknownStream}`);
  if (endpoint.acts === "stream") source.settings[path] = value;
  else server.shared[path] = value;
  return ok(`${prefix}_SUCCESS`);
}

/** `std::stoi` of the text, which throws where no digit stands in front, and nobody catches it. */
function streamIdOf(path: string, root: JsonObject): number {
  const given = root["stream_id"];
  if (typeof given === "object" && given !== null) throw new Abort(`${path}: stream_id is no text`);
  const digits = /^\s*[+-]?\d+/.exec(toText(given))?.[0];
  const number = Number(digits);
  if (digits === undefined || Math.abs(number) > 2_147_483_647)
    throw new Abort(`${path}: stream_id is no number`);
  return number;
}

export function updateRois(server: Server, body: string): Outcome {
  const root = readJson(body);
  if (!isObject(root) || Object.keys(root).length === 0) {
    if (Array.isArray(root) && root.length > 0)
      return badRequest(`ROI_UPDATE_FAIL, error: ${notAnObject}`);
    throw new Abort(`${roiPath} with an empty body`);
  }
  const [stream] = Object.values(root).slice(-1);
  if (!isObject(stream)) return badRequest(`ROI_UPDATE_FAIL, error: ${notAnObject}`);
  try {
    return updateRoisOf(server, stream);
  } catch (error) {
    if (!(error instanceof NotConvertible)) throw error;
    return badRequest(`ROI_UPDATE_FAIL, error: ${error.message}`);
  }
}

function updateRoisOf(server: Server, stream: JsonObject): Outcome {
  if (toText(stream["stream_id"]) === "")
    return badRequest("ROI_UPDATE_FAIL, stream_id value not parsed correctly");
  const count = toUnsigned(stream["roi_count"]);
  if (count === 0) return badRequest("ROI_UPDATE_FAIL, roi id is 0");
  const given = stream["roi"];
  if (!Array.isArray(given)) return badRequest("ROI_UPDATE_FAIL, roi is empty");
  const rois = (given as readonly Json[]).map((roi) => {
    if (!isObject(roi)) throw new NotConvertible(notAnObject);
    return {
      roi_id: toText(roi["roi_id"]).slice(0, 127),
      left: toUnsigned(roi["left"]),
      top: toUnsigned(roi["top"]),
      width: toUnsigned(roi["width"]),
      height: toUnsigned(roi["height"]),
    };
  });
  // A read beyond the end: what becomes of it is chance, and the double takes the worst.
  if (rois.length < count) throw new Abort(`${roiPath}: fewer entries than roi_count`);
  const source = server.sources.find(streamIdOf(roiPath, stream));
  if (!source) return failed("ROI_UPDATE_FAIL, Unable to find stream id for ROI updation");
  source.settings[roiPath] = rois.slice(0, count);
  return ok("ROI_UPDATE_SUCCESS");
}
