/** DeepStream's request envelopes, in its spelling. Nothing else knows these names. [DeepStream 7.1, "Schema and endpoints"] */
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { storageFlaw } from "@sightline/contracts/storable";
import { parseLenient } from "./lenient-json.ts";
import { BadValue, isMissing, isObject, member, readText } from "./value.ts";

/** A request that is answered 400 with this reason. */
export const badRequest = (reason: string): DomainError => new DomainError("input.invalid", reason);

export function readBody(text: string): unknown {
  const body = parseLenient(text);
  const flaw = storageFlaw(body);
  if (flaw !== undefined) throw badRequest(`the body: ${flaw}`);
  return body;
}

export interface Sensor {
  /** What the client wants: only `change` says it, not the path. */
  readonly change: "add" | "remove";
  readonly cameraId: string;
  readonly cameraName: string;
  readonly cameraUrl: string;
}

const unknownChange = "Sensor API change string not supported";
const noObject = "in Json::Value::find(begin, end): requires objectValue or nullValue";

/** @throws DomainError input.invalid */
export function readSensor(body: unknown): Sensor {
  try {
    return sensorOf(body);
  } catch (error) {
    if (error instanceof BadValue)
      throw badRequest(`STREAM ADD/REMOVE_FAIL, error: ${error.message}`);
    throw error;
  }
}

function sensorOf(root: unknown): Sensor {
  if (Array.isArray(root) && root.length > 0) throw new BadValue(noObject);
  if (!isObject(root)) throw badRequest(unknownChange);
  // Keys are handled in their order, so `value` has the last word.
  const value = member(root, Object.hasOwn(root, "value") ? "value" : "event");
  if (Array.isArray(value)) throw new BadValue(noObject);
  if (!isObject(value)) throw badRequest(unknownChange);
  const change = readText(member(value, "change"));
  const cameraId = readText(member(value, "camera_id"));
  const cameraName = readText(member(value, "camera_name"));
  const cameraUrl = readText(member(value, "camera_url"));
  checkUnused(root, value);
  checkCamera(change, { cameraId, cameraName, cameraUrl });
  const kind = kindOf(change);
  if (!kind) throw badRequest(unknownChange);
  return { change: kind, cameraId, cameraName, cameraUrl };
}

function kindOf(change: string): Sensor["change"] | undefined {
  if (change.includes("add") || change.includes("streaming")) return "add";
  return change.includes("remove") ? "remove" : undefined;
}

/** DeepStream reads these and uses none, but a wrong type among them is an error. */
function checkUnused(root: object, value: object): void {
  readText(member(root, "key"));
  for (const group of [member(root, "headers"), member(value, "metadata")]) {
    if (isMissing(group)) continue;
    if (!isObject(group))
      throw new BadValue("in Json::Value::getMemberNames(), value must be objectValue");
    for (const inner of Object.values(group)) readText(inner);
  }
}

function checkCamera(change: string, camera: Omit<Sensor, "change">): void {
  const { cameraId, cameraName, cameraUrl } = camera;
  const prefix = change.includes("add") ? "STREAM_ADD_FAIL" : "STREAM_REMOVE_FAIL";
  const refuse = (text: string): never => {
    throw badRequest(`${prefix}, ${text}`);
  };
  if (cameraUrl === "") refuse("Source url empty");
  if (cameraId === "") refuse("Source id empty");
  if (cameraUrl.length > urlCharactersMax) refuse("Source url too long");
  if (cameraId.length > limits.nameCharactersMax) refuse("Source id too long");
  if (cameraName.length > titleCharactersMax) refuse("Source name too long");
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(cameraId + cameraName)) refuse("Source id not usable");
  if (!/^(?!\s)[^/]+(?:\/[^/]+)*(?<!\s)$/.test(cameraId)) refuse("Source id not usable");
}

const urlCharactersMax = 2048;
const titleCharactersMax = 256;

/** The values of `{"<any name>": {…}}`; undefined when there are none. Of several roots the last in alphabetical order counts. */
export function lastRoot(body: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!isObject(body)) return undefined;
  const last = Object.keys(body).toSorted().at(-1);
  const fields = last === undefined ? undefined : member(body, last);
  return isObject(fields) ? fields : undefined;
}

const slotMax = 2_147_483_647;

/**
 * A stream's slot, else its camera_id. DeepStream takes the number a text begins with, and aborts where there is none.
 * Undefined when it is neither.
 */
export function readStreamKey(value: unknown): number | string | undefined {
  if (typeof value === "number") return isSlot(value) ? value : undefined;
  if (typeof value !== "string" || value === "") return undefined;
  if (!/^-?\d+$/.test(value)) return value;
  const slot = Number(value);
  return isSlot(slot) ? slot : undefined;
}

const isSlot = (value: number): boolean => Number.isInteger(value) && Math.abs(value) <= slotMax;
