import type { Deps } from "../ports/deps.ts";
import type { Page, PageRequest } from "../ports/store.ts";
import type { StoredStreamReport, Stream } from "./stream.ts";

export interface ListedStream {
  readonly stream: Stream;
  readonly report: StoredStreamReport | undefined;
}

/** A page of streams with what was last reported of each, by name; of one site when given. */
export async function listStreams(
  deps: Pick<Deps, "store">,
  organization: string,
  page: PageRequest & { readonly site?: number },
): Promise<Page<ListedStream>> {
  const { items, ...next } = await deps.store.streams.list(organization, page);
  const [first, last] = [items[0], items.at(-1)];
  if (!first || !last) return { items: [], ...next };
  const reports =
    page.site === undefined
      ? await deps.store.streams.reportsBetween(organization, {
          first: first.name,
          last: last.name,
        })
      : // Between its names a site's page may have any number of streams of other sites.
        await deps.store.streams.getReports(
          organization,
          items.map(({ id }) => id),
        );
  const reportOf = new Map(reports.map((report) => [report.stream, report]));
  return { items: items.map((stream) => ({ stream, report: reportOf.get(stream.id) })), ...next };
}
