/**
 * How much is in a site (devices, folders, and streams that are on no device) and in a folder (streams), counted in the transaction
 * of what comes and goes: nothing is removed while something gets into it. A placed stream is in its device's site, which the device
 * keeps. A site's count is a row of its own, apart from what people set.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { Stream } from "@sightline/core/stream/stream";
import type { Refusals } from "./database.ts";
import type { Condition } from "./expression.ts";
import { keys, shardOf, shards } from "./keys.ts";
import { isStored, type Update } from "./write.ts";

/** What is at a site, besides the streams of its devices. */
export interface Occupant {
  readonly organization: string;
  readonly site: number;
  /** Of the device, stream or folder: it says the shard. */
  readonly id: string | number;
}

/** Of the row that has the count. */
export const isEmpty: Condition = {
  when: "(attribute_not_exists({held}) or {held} = :none)",
  values: { none: 0 },
};

const count = ({ organization, site, id }: Occupant, held: 1 | -1): Update => ({
  kind: "update",
  key: keys.siteContents(organization, { site, shard: shardOf(String(id)) }),
  entity: "site-contents",
  add: { held },
  condition: { when: "attribute_not_exists({closed})" },
});

/** Refused by a site that is gone. */
export const enterSite = (occupant: Occupant): Update => count(occupant, 1);
export const leaveSite = (occupant: Occupant): Update => count(occupant, -1);

/** Refused while anything is there. */
export const closeSite = (organization: string, site: number): Readonly<Record<string, Update>> =>
  Object.fromEntries(
    Array.from({ length: shards }, (_, shard) => [
      `shard${shard}`,
      {
        kind: "update",
        key: keys.siteContents(organization, { site, shard }),
        entity: "site-contents",
        set: { closed: true },
        condition: isEmpty,
      },
    ]),
  );

export const siteNotFound = (site: number): DomainError =>
  new DomainError("site.not-found", `there is no site ${site}`);

interface ContentsChange {
  readonly leftSite: Update | undefined;
  readonly site: Update | undefined;
  readonly leftFolder: Update | undefined;
  readonly folder: Update | undefined;
}

/** What a stream's coming, change and going do to the counts. */
export function contentsChange(
  before: Stream | undefined,
  next: Stream | undefined,
): ContentsChange {
  const waitsOn = waitingAt(before) === waitingAt(next);
  const staysIn = before?.folder === next?.folder;
  return {
    leftSite: !waitsOn && before && isWaiting(before) ? leaveSite(before) : undefined,
    site: !waitsOn && next && isWaiting(next) ? enterSite(next) : undefined,
    leftFolder: staysIn ? undefined : countInFolder(before, -1),
    folder: staysIn ? undefined : countInFolder(next, 1),
  };
}

const isWaiting = ({ placement }: Stream): boolean => placement.device === undefined;

const waitingAt = (stream: Stream | undefined): number | undefined =>
  stream && isWaiting(stream) ? stream.site : undefined;

function countInFolder(stream: Stream | undefined, held: 1 | -1): Update | undefined {
  if (stream?.folder === undefined) return undefined;
  const { organization, site, folder } = stream;
  const condition =
    held === 1 ? { when: "attribute_exists({pk}) and {site} = :site", values: { site } } : isStored;
  const key = keys.folder(organization, folder);
  return { kind: "update", key, entity: "folder", add: { held }, condition };
}

export function contentsError(
  { site, folder }: Stream,
  refused: Refusals<"site" | "folder">,
): DomainError | undefined {
  if (refused.folder)
    return new DomainError("folder.not-found", `there is no folder ${folder} at the site`);
  return refused.site && siteNotFound(site);
}
