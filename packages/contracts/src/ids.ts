/** Identifiers: one prefix table, lower-case ULIDs, so that ids sort by birth and may stand in topics. Never parse one for meaning. */
import * as z from "zod";

export const idPrefixes = {
  organization: "org",
  device: "dev",
  stream: "str",
  command: "cmd",
  event: "evt",
  enrolment: "enr",
  token: "tok",
  audit: "aud",
  session: "ses",
} as const;
export type IdKind = keyof typeof idPrefixes;

const ulid = "[0-9a-hjkmnp-tv-z]{26}";

const id = (kind: IdKind) => z.string().regex(new RegExp(`^${idPrefixes[kind]}_${ulid}$`));

// Pure: a bundle that checks none of them has none.
export const OrganizationId = /* @__PURE__ */ id("organization");
export const DeviceId = /* @__PURE__ */ id("device");
export const StreamId = /* @__PURE__ */ id("stream");
export const CommandId = /* @__PURE__ */ id("command");

/** True when the text has the form of an id of that kind; names never have it. */
export function isId(kind: IdKind, text: string): boolean {
  return new RegExp(`^${idPrefixes[kind]}_${ulid}$`).test(text);
}

/** A thing's name is its MQTT client id: `{app}-{stage}-{device id}` (AWS allows no dots). */
export const thingName = (installation: Installation, deviceId: string): string =>
  `${installation.app}-${installation.stage}-${deviceId}`;

/** The device id in a thing's name, or undefined when the thing belongs to another app or stage. */
export function deviceOfThing(installation: Installation, thing: string): string | undefined {
  const prefix = `${installation.app}-${installation.stage}-`;
  if (!thing.startsWith(prefix)) return undefined;
  const deviceId = thing.slice(prefix.length);
  return isId("device", deviceId) ? deviceId : undefined;
}

/** One deployment of Sightline: AWS IoT has one endpoint per account and region, so topics and things name both. */
export interface Installation {
  /** `[a-z0-9]+` */
  readonly app: string;
  /** `[a-z0-9]+` */
  readonly stage: string;
}
