/** Spells every key of both tables, and reads back those that index rows carry nothing but. Nothing else knows these forms. */

export interface Key {
  readonly pk: string;
  readonly sk: string;
}

/** Names of the indexes on the state table; each serves a row of README.md. */
export const indexes = {
  /** `pk` / `byName`: sites, devices and streams of an organization by name, whole rows. */
  byName: "by-name",
  /** `bySite` / `byName`: devices or streams of one site by name, keys only. */
  bySite: "by-site",
  /** `dueShard` / `dueAtMs`: what has to be looked at, keys only. */
  due: "due",
} as const;
export type Index = (typeof indexes)[keyof typeof indexes];

/** Rows that would else share one partition key are spread over this many. Stored keys depend on it: it never changes. */
export const shards = 4;

/** Is no key of anything: looking it up costs what looking up a row does. */
export const nothing = "-";

export const keys = {
  organization: (organization: string): Key => ({ pk: `ORG#${organization}`, sk: "META" }),
  counter: (organization: string, counter: string): Key => ({
    pk: `ORG#${organization}`,
    sk: `COUNT#${counter}`,
  }),
  site: (organization: string, id: number): Key => ({
    pk: `ORG#${organization}`,
    sk: `SITE#${id}`,
  }),
  /** How much is at a site, in shards, for many things may come at once. They outlive the site: nothing comes into one that is gone. */
  siteContents: (organization: string, { site, shard }: { site: number; shard: number }): Key => ({
    pk: `ORG#${organization}`,
    sk: `CONTENTS#${site}#${shard}`,
  }),
  folder: (organization: string, id: number): Key => ({
    pk: `ORG#${organization}`,
    sk: `FOLDER#${id}`,
  }),
  /** Changes whenever a folder comes, goes or gets another parent. */
  folderTree: (organization: string): Key => ({ pk: `ORG#${organization}`, sk: "TREE#FOLDER" }),
  device: (organization: string, id: string): Key => ({ pk: `ORG#${organization}#DEV`, sk: id }),
  deviceReport: (organization: string, id: string): Key => ({
    pk: `ORG#${organization}#DEV`,
    sk: `${id}#R`,
  }),
  /** The mark "check whether this device is in sync". */
  deviceSync: (organization: string, id: string): Key => ({
    pk: `ORG#${organization}#DEV`,
    sk: `${id}#S`,
  }),
  /** Which organization a device is of; the rows of all devices, by shard, are the fleet. */
  fleetMember: (device: string): Key => ({ pk: fleetShard(shardOf(device)), sk: device }),
  stream: (organization: string, id: string): Key => ({ pk: `ORG#${organization}#STR`, sk: id }),
  streamReport: (organization: string, id: string): Key => ({
    pk: `ORG#${organization}#STR`,
    sk: `${id}#R`,
  }),
  siteName: (organization: string, name: string): Key => reference(organization, `site##${name}`),
  deviceName: (organization: string, name: string): Key =>
    reference(organization, `device##${name}`),
  streamName: (organization: string, name: string): Key =>
    reference(organization, `stream##${name}`),
  /** `localName` of a stream, unique on its device. */
  localName: (organization: string, placed: { device: string; localName: string }): Key =>
    reference(organization, `local#${placed.device}#${placed.localName}`),
  assignment: (device: string, stream: string): Key => ({
    pk: `DEV#${device}`,
    sk: `STR#${stream}`,
  }),
  command: (device: string, id: string): Key => ({ pk: `DEV#${device}`, sk: `CMD#${id}` }),
  pendingCommand: (device: string, id: string): Key => ({ pk: `DEV#${device}`, sk: `PEND#${id}` }),
  enrolment: (id: string): Key => ({ pk: `ENR#${id}`, sk: "META" }),
  idempotency: (id: string): Key => ({ pk: `IDEM#${id}`, sk: "META" }),
  user: (organization: string, id: number): Key => ({
    pk: `ORG#${organization}`,
    sk: `USER#${id}`,
  }),
  /** How many users the organization has, and how many enabled admins. */
  people: (organization: string): Key => ({ pk: `ORG#${organization}`, sk: "PEOPLE" }),
  /** With the prefix of the organization: unique in the installation. */
  login: (login: string): Key => ({ pk: `LOGIN#${login}`, sk: "META" }),
  /** With what its logins begin: no login is that and nothing more. */
  loginPrefix: (prefix: string): Key => ({ pk: `LOGIN#${prefix}`, sk: "META" }),
  session: (organization: string, user: number, id: string): Key => ({
    pk: `ORG#${organization}#USER#${user}`,
    sk: `SES#${id}`,
  }),
  /** A hash: what is counted may be anything that somebody has sent. */
  tryCount: (hash: string): Key => ({ pk: `TRY#${hash}`, sk: "META" }),
  token: (hash: string): Key => ({ pk: `TOKEN#${hash}`, sk: "META" }),
  /** The same token where its organization finds it. */
  tokenEntry: (organization: string, id: string): Key => ({
    pk: `ORG#${organization}`,
    sk: `TOKEN#${id}`,
  }),
  /** By day (UTC), and by time within it. */
  audit: (organization: string, { atMs, id }: { atMs: number; id: string }): Key => ({
    pk: auditDay(organization, atMs),
    sk: `${auditTime(atMs)}#${id}`,
  }),
  /** In the telemetry table. */
  health: (organization: string, device: string): Key => ({
    pk: `ORG#${organization}#HB`,
    sk: device,
  }),
};

/** `kind#scope#value`: a row with this key holds what must be unique. The value comes last, it may contain anything. */
function reference(organization: string, text: string): Key {
  return { pk: `ORG#${organization}#REF`, sk: text };
}

export const auditDay = (organization: string, atMs: number): string =>
  `ORG#${organization}#AUD#${new Date(atMs).toISOString().slice(0, 10)}`;

/** Sorts below every record of this millisecond, and above all that are older. */
export const auditTime = (atMs: number): string => String(atMs).padStart(13, "0");

/** Range keys that begin a kind of row below one partition key. */
export const prefixes = {
  site: "SITE#",
  folder: "FOLDER#",
  user: "USER#",
  token: "TOKEN#",
  session: "SES#",
  assignment: "STR#",
  command: "CMD#",
  pendingCommand: "PEND#",
} as const;

/**
 * `byName` of a stream's report. Reports share a partition of the index with the streams, and sort above every name a list of
 * streams asks for, so that a page of streams and their reports are two queries of neighbours.
 */
export const reportName = (stream: string): string => `\u{10FFFF}${stream}`;

/** Partition key of the by-site index. */
export const bySite = (kind: "DEV" | "STR", organization: string, site: number): string =>
  `ORG#${organization}#${kind}#SITE#${site}`;

export const fleetShards: readonly string[] = Array.from({ length: shards }, (_, n) =>
  fleetShard(n),
);
export const dueShards: readonly string[] = Array.from({ length: shards }, (_, n) => `DUE#${n}`);

function fleetShard(shard: number): string {
  return `FLEET#${shard}`;
}

/** Begins `byName` of a user's tokens; their ids follow. */
export const tokensOf = (user: number): string => `${prefixes.token}${user}#`;

export const dueShardOf = (id: string): string => `DUE#${shardOf(id)}`;

/** Place of a device's shard in `fleetShards`. The same id always falls into the same one. */
export function shardOf(id: string): number {
  let hash = 0;
  for (let at = 0; at < id.length; at += 1) hash = (hash * 31 + id.charCodeAt(at)) >>> 0;
  return hash % shards;
}

/** What stands after the kind in a range key: `STR#str_1` → `str_1`. */
export const idOf = (sk: string): string => sk.slice(sk.indexOf("#") + 1);

export type DueKey =
  | { readonly kind: "command-expiry"; readonly device: string; readonly id: string }
  | { readonly kind: "device-offline"; readonly organization: string; readonly device: string }
  | { readonly kind: "device-sync"; readonly organization: string; readonly device: string };

/** What a row of the due index speaks of. */
export function parseDueKey({ pk, sk }: Key): DueKey {
  const pending = /^DEV#(.+)$/.exec(pk)?.[1];
  if (pending !== undefined) return { kind: "command-expiry", device: pending, id: idOf(sk) };
  const organization = /^ORG#(.+)#DEV$/.exec(pk)?.[1];
  if (organization === undefined) throw new TypeError(`no due row has the key ${pk} / ${sk}`);
  return sk.endsWith("#S")
    ? { kind: "device-sync", organization, device: sk.slice(0, -2) }
    : { kind: "device-offline", organization, device: sk };
}

/** The organization in the partition key of its devices, streams or health. */
export function organizationOf(pk: string): string {
  const organization = /^ORG#([^#]+)/.exec(pk)?.[1];
  if (organization === undefined) throw new TypeError(`no organization in the key ${pk}`);
  return organization;
}
