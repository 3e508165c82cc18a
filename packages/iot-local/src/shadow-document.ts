/**
 * The arithmetic of one shadow: pure, no clock, no store.
 *
 * Sources: AWS IoT Core Developer Guide, "Device Shadow service documents", "Interacting with shadows" and "Device
 * Shadow error messages"; merge rules where the guide is silent (nulls in new objects, empty objects) as AWS's own
 * shadow manager for Greengrass behaves.
 */
import { AwsError, invalidRequest } from "./aws-error.ts";
import { limits } from "./limits.ts";

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

const sections = ["desired", "reported"] as const;
type Section = (typeof sections)[number];
type Sections = { readonly [S in Section]?: JsonObject };

export interface Shadow {
  readonly state: Sections;
  readonly metadata: Sections;
  readonly version: number;
  /** Epoch seconds of the last change. */
  readonly timestamp: number;
}

export interface UpdateRequest {
  readonly state: { readonly [S in Section]?: JsonObject | null };
  readonly version?: number;
  readonly clientToken?: string;
}

/** @throws AwsError 400 or 413, in the words of the guide's table of error messages. */
export function parseUpdate(payload: Buffer): UpdateRequest {
  const body = parseObject(payload);
  const clientToken = parseClientToken(body);
  const version = parseVersion(body);
  const state = body["state"];
  if (state === undefined || state === null) throw invalidRequest("Missing required node: state");
  if (!isObject(state)) throw invalidRequest("State node must be an object");
  for (const key of Object.keys(state))
    if (key !== "desired" && key !== "reported")
      throw invalidRequest("State contains an invalid node");
  for (const section of sections) checkSection(section, state[section]);
  return {
    state,
    ...(version === undefined ? {} : { version }),
    ...(clientToken === undefined ? {} : { clientToken }),
  };
}

/** The body of a get or delete request, which may be empty. */
export function parseRequest(payload: Buffer): { clientToken?: string; version?: number } {
  if (payload.length === 0) return {};
  const body = parseObject(payload);
  const clientToken = parseClientToken(body);
  const version = parseVersion(body);
  return {
    ...(version === undefined ? {} : { version }),
    ...(clientToken === undefined ? {} : { clientToken }),
  };
}

/**
 * The client token of a request that may be broken otherwise, so that its rejection can be told apart.
 * Undefined when there is none to read.
 */
export function clientTokenOf(payload: Buffer): string | undefined {
  try {
    const { clientToken } = JSON.parse(payload.toString("utf8")) as { clientToken?: unknown };
    return typeof clientToken === "string" ? clientToken : undefined;
  } catch {
    return undefined;
  }
}

export interface Update {
  readonly shadow: Shadow;
  /** Metadata of the keys that the request named, removed ones included, as `accepted` carries it. */
  readonly metadata: JsonObject;
}

/**
 * @param before what there is; its version counts even when the shadow was deleted (48 h on AWS).
 * @throws AwsError 409 on a version that is not the current one, 413 when the result is too large.
 */
export function applyUpdate(
  before: Shadow | undefined,
  request: UpdateRequest,
  at: { readonly nowS: number; readonly versionBefore: number },
): Update {
  checkVersion(request.version, at.versionBefore);
  const state: { [S in Section]?: JsonObject } = { ...before?.state };
  const metadata: { [S in Section]?: JsonObject } = { ...before?.metadata };
  const touched: JsonObject = {};
  for (const section of sections) {
    const patch = request.state[section];
    if (patch === undefined) continue;
    if (patch === null) {
      delete state[section];
      delete metadata[section];
      continue;
    }
    const stamps = stampsOf(patch, at.nowS) as JsonObject;
    touched[section] = stamps;
    const merged = mergeState(state[section] ?? {}, patch);
    const mergedStamps = mergeStamps(metadata[section] ?? {}, { patch, stamps, merged });
    if (Object.keys(merged).length > 0) {
      state[section] = merged;
      metadata[section] = mergedStamps;
    } else {
      delete state[section];
      delete metadata[section];
    }
  }
  if (Buffer.byteLength(JSON.stringify(state)) > limits.shadow.value)
    throw new AwsError(
      413,
      "RequestEntityTooLargeException",
      "The payload exceeds the maximum size allowed",
    );
  const shadow = { state, metadata, version: at.versionBefore + 1, timestamp: at.nowS };
  return { shadow, metadata: touched };
}

export function checkVersion(asked: number | undefined, current: number): void {
  if (asked !== undefined && asked !== current)
    throw new AwsError(409, "ConflictException", "Version conflict");
}

/** What is desired and not reported so: only the keys that differ, with the metadata of the desired side. */
export function deltaOf(shadow: Shadow): { state: JsonObject; metadata: JsonObject } | undefined {
  const { desired } = shadow.state;
  if (!desired) return undefined;
  const state = difference(desired, shadow.state.reported ?? {});
  if (!state) return undefined;
  return { state, metadata: pick(shadow.metadata.desired ?? {}, state) as JsonObject };
}

/** The document that a get answers. */
export function fullDocument(shadow: Shadow): JsonObject {
  const delta = deltaOf(shadow);
  return {
    state: { ...sectionsOf(shadow.state), ...(delta ? { delta: delta.state } : {}) },
    metadata: sectionsOf(shadow.metadata),
    version: shadow.version,
    timestamp: shadow.timestamp,
  };
}

/** One half of `update/documents`: without delta and without a timestamp of its own. */
export function plainDocument(shadow: Shadow | undefined, version: number): JsonObject {
  return {
    state: shadow ? sectionsOf(shadow.state) : {},
    metadata: shadow ? sectionsOf(shadow.metadata) : {},
    version,
  };
}

function sectionsOf(held: Sections): JsonObject {
  return {
    ...(held.desired ? { desired: held.desired } : {}),
    ...(held.reported ? { reported: held.reported } : {}),
  };
}

function mergeState(before: JsonObject, patch: JsonObject): JsonObject {
  const after: JsonObject = { ...before };
  for (const [key, value] of Object.entries(patch)) {
    const held = Object.hasOwn(after, key) ? after[key] : undefined;
    if (value === null) delete after[key];
    else if (!isObject(value)) put(after, key, value);
    else if (isObject(held)) put(after, key, mergeState(held, value));
    else {
      const fresh = withoutNulls(value);
      if (fresh) put(after, key, fresh);
      else delete after[key];
    }
  }
  return after;
}

/** A new object loses its nulls; one that is empty only because of them is not stored at all. */
function withoutNulls(value: JsonObject): JsonObject | undefined {
  const kept: JsonObject = {};
  let dropped = false;
  for (const [key, child] of Object.entries(value)) {
    const fresh = isObject(child) ? withoutNulls(child) : child;
    if (fresh === null || fresh === undefined) dropped = true;
    else put(kept, key, fresh);
  }
  return dropped && Object.keys(kept).length === 0 ? undefined : kept;
}

/** Metadata has the shape of the state, with `{timestamp}` in the place of every value. */
function stampsOf(value: Json, timestamp: number): Json {
  if (Array.isArray(value)) return value.map((item) => stampsOf(item, timestamp));
  if (!isObject(value)) return { timestamp };
  const stamps: JsonObject = {};
  for (const [key, child] of Object.entries(value)) put(stamps, key, stampsOf(child, timestamp));
  return stamps;
}

function mergeStamps(
  before: JsonObject,
  update: { patch: JsonObject; stamps: JsonObject; merged: JsonObject },
): JsonObject {
  const after: JsonObject = { ...before };
  for (const [key, patch] of Object.entries(update.patch)) {
    const stamps = update.stamps[key];
    const merged = Object.hasOwn(update.merged, key) ? update.merged[key] : undefined;
    if (merged === undefined || stamps === undefined) delete after[key];
    else if (isObject(patch) && isObject(merged) && isObject(stamps)) {
      const held = Object.hasOwn(after, key) ? after[key] : undefined;
      const known = isObject(held) ? pick(held, merged) : {};
      put(after, key, mergeStamps(isObject(known) ? known : {}, { patch, stamps, merged }));
    } else put(after, key, stamps);
  }
  return after;
}

function difference(desired: JsonObject, reported: JsonObject): JsonObject | undefined {
  const differing: JsonObject = {};
  for (const [key, value] of Object.entries(desired)) {
    const held = Object.hasOwn(reported, key) ? reported[key] : undefined;
    if (held === undefined) put(differing, key, value);
    else if (isObject(value) && isObject(held)) {
      const inner = difference(value, held);
      if (inner) put(differing, key, inner);
    } else if (!isSame(value, held)) put(differing, key, value);
  }
  return Object.keys(differing).length > 0 ? differing : undefined;
}

/** The part of `metadata` that has a counterpart in `shape`. Where the two disagree about objects, nothing. */
function pick(metadata: Json, shape: Json): Json {
  if (!isObject(shape) || !isObject(metadata)) return metadata;
  const picked: JsonObject = {};
  for (const [key, child] of Object.entries(shape)) {
    const held = Object.hasOwn(metadata, key) ? metadata[key] : undefined;
    if (held === undefined || isObject(child) !== (isObject(held) && !isStamp(held, child)))
      continue;
    put(picked, key, pick(held, child));
  }
  return picked;
}

/** `{timestamp: 1}` is a stamp beside a value, and an object with a key of that name beside an object. */
function isStamp(held: JsonObject, beside: Json): boolean {
  return !isObject(beside) && typeof held["timestamp"] === "number";
}

export function isSame(one: Json, other: Json): boolean {
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((item, at) => isSame(item, other[at] as Json))
    );
  if (isObject(one)) {
    const keys = Object.keys(one);
    return (
      isObject(other) &&
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && isSame(one[key] as Json, other[key] as Json))
    );
  }
  return one === other;
}

/** Assignment that keeps a key named `__proto__` a plain key. */
function put(target: JsonObject, key: string, value: Json): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}

function parseObject(payload: Buffer): JsonObject {
  let body: Json;
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(payload);
    body = JSON.parse(text) as Json;
  } catch {
    throw invalidRequest("Invalid JSON");
  }
  if (!isObject(body)) throw invalidRequest("Invalid JSON");
  return body;
}

function parseClientToken(body: JsonObject): string | undefined {
  const token = body["clientToken"];
  if (token === undefined || token === null) return undefined;
  if (typeof token !== "string" || Buffer.byteLength(token) > limits.clientToken.value)
    throw invalidRequest("Invalid clientToken");
  return token;
}

function parseVersion(body: JsonObject): number | undefined {
  const version = body["version"];
  if (version === undefined || version === null) return undefined;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 0)
    throw invalidRequest("Invalid version");
  return version;
}

function checkSection(section: Section, value: Json | undefined): void {
  if (value === undefined || value === null) return;
  const name = section === "desired" ? "Desired" : "Reported";
  if (!isObject(value)) throw invalidRequest(`${name} node must be an object`);
  const max = limits.shadowDepth.value;
  if (depthOf(value, max + 1) > max)
    throw invalidRequest(`JSON contains too many levels of nesting; maximum is ${max}`);
}

/** Levels of keys: `{one: {two: 1}}` has two. Stops counting beyond `enough`. */
function depthOf(value: Json, enough: number): number {
  if (typeof value !== "object" || value === null || enough === 0) return 0;
  let deepest = 0;
  for (const child of Object.values(value)) deepest = Math.max(deepest, depthOf(child, enough - 1));
  return deepest + 1;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
