/**
 * How much is in a site (devices, folders, and streams that are on no device) and in a folder (streams), counted in the transaction
 * of what comes and goes: nothing is removed while something gets into it. A placed stream is in its device's site, which the device
 * keeps. A site's count is a row of its own, apart from what people set.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { Stream } from "@sightline/core/stream/stream";
import type { Refusals } from "./database.ts";
import type { Condition } from "./expression.ts";
import { keys } from "./keys.ts";
import { isStored, type Update } from "./write.ts";

const isOpen: Condition = { when: "attribute_not_exists({closed})" };

/** Of the row that has the count. */
export const isEmpty: Condition = {
  when: "(attribute_not_exists({held}) or {held} = :none)",
  values: { none: 0 },
};

const countIn = (organization: string, site: number, held: 1 | -1): Update => ({
  kind: "update",
  key: keys.siteContents(organization, site),
  entity: "site-contents",
  add: { held },
  condition: isOpen,
});

/** Refused by a site that is gone. */
export const enterSite = (organization: string, site: number): Update =>
  countIn(organization, site, 1);

export const leaveSite = (organization: string, site: number): Update =>
  countIn(organization, site, -1);

/** Refused while anything is in it. */
export const closeSite = (organization: string, site: number): Update => ({
  kind: "update",
  key: keys.siteContents(organization, site),
  entity: "site-contents",
  set: { closed: true },
  condition: isEmpty,
});

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
    leftSite: waitsOn ? undefined : countAtSite(before, -1),
    site: waitsOn ? undefined : countAtSite(next, 1),
    leftFolder: staysIn ? undefined : countInFolder(before, -1),
    folder: staysIn ? undefined : countInFolder(next, 1),
  };
}

const waitingAt = (stream: Stream | undefined): number | undefined =>
  stream?.placement.device === undefined ? stream?.site : undefined;

function countAtSite(stream: Stream | undefined, held: 1 | -1): Update | undefined {
  const site = waitingAt(stream);
  return stream && site !== undefined ? countIn(stream.organization, site, held) : undefined;
}

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
