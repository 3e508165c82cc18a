/** What the audit log costs: the record beside a change, its outcome, and its list. Each is prepared and then run once. */
import { limits } from "@sightline/contracts/limits";
import type { Store } from "@sightline/core/ports/store";
import type { Stream } from "@sightline/core/stream/stream";
import type { Patterns } from "./access-units.ts";
import { freshId, makeAuditRecord, makeSite, startMs } from "./fixtures.ts";

export function auditPatterns(store: Store, placedStream: () => Promise<Stream>): Patterns {
  const recorded = (organization: string, atMs = startMs) => {
    const record = makeAuditRecord({ organization, atMs });
    return { record, ...store.recording(record, () => undefined) };
  };
  /** Newest last, one a second. */
  async function manyRecords(count: number): Promise<string> {
    const organization = freshId("organization");
    const ages = Array.from({ length: count }, (_, ago) => ago);
    await Promise.all(
      ages.map((id) =>
        recorded(organization, startMs - id).sites.create(makeSite({ organization, id })),
      ),
    );
    return organization;
  }
  return {
    "streams.create, recorded": async () => {
      const stream = await placedStream();
      const { streams } = recorded(stream.organization);
      return () => streams.create(stream);
    },
    "streams.change, recorded": async () => {
      const stream = await placedStream();
      await store.streams.create(stream);
      const { streams } = recorded(stream.organization);
      const settings = { "decoder.dropFrameInterval": 9 };
      return () => streams.change({ ...stream, settings, revision: 2 });
    },
    "audit.finish": async () => {
      const organization = freshId("organization");
      const { record, sites } = recorded(organization);
      await sites.create(makeSite({ organization }));
      return () => store.audit.finish(record, { status: 200, durationMs: 12 });
    },
    "audit.list, 100": async () => {
      const organization = await manyRecords(120);
      return () => store.audit.list(organization, { rows: 100, fromMs: startMs - 86_400_000 });
    },
    "audit.list by actor, none of 1000": async () => {
      const organization = await manyRecords(limits.auditReadRowsMax);
      return () => store.audit.list(organization, { rows: 100, actor: "nobody" });
    },
  };
}
