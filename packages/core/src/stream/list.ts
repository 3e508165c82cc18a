import { listedSites } from "../access/reach.ts";
import { pathOf, pathText } from "../folder/folder.ts";
import { pageOfAll } from "../page.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/page.ts";
import type { StoredStreamReport, Stream } from "./stream.ts";

export interface ShownStream {
  readonly stream: Stream;
  readonly report: StoredStreamReport | undefined;
  /** Titles of the folders above it, with `/` between them. */
  readonly path: string;
}

/** A page of streams with what was last reported of each, by name: those within reach; of one reached site when given. */
export async function listStreams(
  deps: Pick<Deps, "store">,
  actor: Actor,
  page: PageRequest & { readonly site?: number | undefined },
): Promise<Page<ShownStream>> {
  const { items, ...next } = await pageOfStreams(deps, actor, page);
  const reportOf = await reportsOf(deps, items, page.site ?? actor.reach.sites);
  const shown = await withPaths(
    deps,
    items.map((stream) => ({ stream, report: reportOf.get(stream.id) })),
  );
  return { items: shown, ...next };
}

async function pageOfStreams(
  { store }: Pick<Deps, "store">,
  { organization, reach }: Actor,
  { site, ...page }: PageRequest & { readonly site?: number | undefined },
): Promise<Page<Stream>> {
  if (reach.device === undefined)
    return store.streams.list(organization, { ...page, ...listedSites(reach, site) });
  const assigned = await store.streams.assignments(reach.device);
  const ids = assigned.flatMap((one) => (one.organization === organization ? one.stream : []));
  const streams = await store.streams.getMany(organization, ids);
  const shown = streams.filter((stream) => site === undefined || stream.site === site);
  return pageOfAll(shown, page, ({ name }) => name);
}

async function reportsOf(
  { store }: Pick<Deps, "store">,
  items: readonly Stream[],
  of: number | Actor["reach"]["sites"],
): Promise<ReadonlyMap<string, StoredStreamReport>> {
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return new Map();
  const { organization } = first;
  const reports =
    of === "all"
      ? await store.streams.reportsBetween(organization, { first: first.name, last: last.name })
      : // Between its names a page of some sites may have any number of streams of others.
        await store.streams.getReports(
          organization,
          items.map(({ id }) => id),
        );
  return new Map(reports.map((report) => [report.stream, report]));
}

/** Folders are read once, and only when a stream is in one. */
async function withPaths<T extends { readonly stream: Stream }>(
  { store }: Pick<Deps, "store">,
  items: readonly T[],
): Promise<readonly (T & Pick<ShownStream, "path">)[]> {
  const inFolder = items.find(({ stream }) => stream.folder !== undefined)?.stream;
  const tree = inFolder && (await store.folders.tree(inFolder.organization));
  return items.map((item) => {
    const path = tree ? pathText(pathOf(tree, item.stream.folder)) : "";
    return { ...item, path };
  });
}

/** One stream as lists show it. */
export async function showStream(
  deps: Pick<Deps, "store">,
  stream: Stream,
  report: StoredStreamReport | undefined,
): Promise<ShownStream> {
  const [shown] = await withPaths(deps, [{ stream, report }]);
  return shown ?? { stream, report, path: "" };
}
