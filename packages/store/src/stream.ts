/**
 * Streams. A placed stream is five rows that come and go together: the stream, its name, its local name, its slot in the device's
 * row, and its assignment. `change` touches only the first. One that is on no device, or in a folder, is counted there.
 */
import { strict as assert } from "node:assert";
import { DomainError } from "@sightline/contracts/errors";
import type { StreamStore } from "@sightline/core/ports/store";
import type { Assignment, StoredStreamReport, Stream } from "@sightline/core/stream/stream";
import type { Database } from "./database.ts";
import type { Condition } from "./expression.ts";
import {
  bySite,
  idOf,
  indexes,
  keys,
  nothing,
  organizationOf,
  prefixes,
  reportName,
  type Key,
} from "./keys.ts";
import { contentsChange, contentsError } from "./contents.ts";
import { listByName, listBySites, mapPage, type Named } from "./page.ts";
import {
  assign,
  freeLocalName,
  freeSlot,
  placementError,
  takeLocalName,
  takeSlot,
  unassign,
} from "./placement.ts";

/** Without what the keys say; `byName` is the name. */
type StreamRow = Named & { readonly bySite: string } & Omit<Stream, "organization" | "id" | "name">;
type AssignmentRow = Key & Omit<Assignment, "device" | "stream">;
type ReportRow = Named & Omit<StoredStreamReport, "organization" | "stream" | "name">;

export function createStreamStore(database: Database): StreamStore {
  return { ...writes(database), ...reads(database), ...reports(database) };
}

type Writes = Pick<StreamStore, "create" | "change" | "move" | "delete">;

function writes(database: Database): Writes {
  return {
    create: (stream) => createStream(database, stream),

    async change(next) {
      const { organization, id, name, localName, placement, revision } = next;
      const refused = await database.write({
        kind: "update",
        key: keys.stream(organization, id),
        entity: "stream",
        set: mutable(next),
        condition: {
          when: "{revision} = :before and {placement} = :placement and {localName} = :localName and {byName} = :name",
          values: { before: revision - 1, placement, localName, name },
        },
      });
      return !refused;
    },

    move: (before, next) => moveStream(database, before, next),

    async delete(stream) {
      const { organization, id, name } = stream;
      const refused = await database.transact({
        stream: {
          kind: "delete",
          key: keys.stream(organization, id),
          condition: unchanged(stream, stream.revision),
        },
        name: { kind: "delete", key: keys.streamName(organization, name) },
        report: { kind: "delete", key: keys.streamReport(organization, id) },
        localName: freeLocalName(stream),
        slot: freeSlot(stream),
        assignment: unassign(stream),
        ...contentsChange(stream, undefined),
      });
      return !refused;
    },
  };
}

async function createStream(database: Database, stream: Stream): Promise<void> {
  const { organization, id, name, createdAtMs } = stream;
  const refused = await database.transact({
    stream: {
      kind: "put",
      key: keys.stream(organization, id),
      entity: "stream",
      row: { byName: name, ...mutable(stream), createdAtMs },
    },
    name: {
      kind: "put",
      key: keys.streamName(organization, name),
      entity: "reference",
      row: { id },
    },
    localName: takeLocalName(stream),
    slot: takeSlot(stream),
    assignment: assign(stream),
    ...contentsChange(undefined, stream),
  });
  if (refused?.name) throw new DomainError("stream.name-taken", `another stream is named ${name}`);
  if (refused) throw contentsError(stream, refused) ?? placementError(stream, refused);
}

async function moveStream(database: Database, before: Stream, next: Stream): Promise<boolean> {
  const stays = before.placement.device === next.placement.device;
  assert(!stays || before.placement.slot === next.placement.slot, "a slot changes only by a move");
  const renamed = !stays || before.localName !== next.localName;
  const refused = await database.transact({
    stream: {
      kind: "update",
      key: keys.stream(next.organization, next.id),
      entity: "stream",
      set: mutable(next),
      condition: unchanged(before, next.revision - 1),
    },
    leftLocalName: renamed ? freeLocalName(before) : undefined,
    leftSlot: stays ? undefined : freeSlot(before),
    leftAssignment: stays ? undefined : unassign(before),
    localName: renamed ? takeLocalName(next) : undefined,
    slot: stays ? undefined : takeSlot(next),
    assignment: stays ? undefined : assign(next),
    ...contentsChange(before, next),
  });
  if (refused?.stream) return false;
  if (refused) throw contentsError(next, refused) ?? placementError(next, refused);
  return true;
}

type Reads = Pick<
  StreamStore,
  "get" | "getMany" | "findByName" | "findByLocalName" | "list" | "assignments" | "assignment"
>;

function reads(database: Database): Reads {
  const get = async (organization: string, id: string): Promise<Stream | undefined> => {
    const row = await database.get<StreamRow>(keys.stream(organization, id));
    return row && streamOf(row);
  };
  return {
    get,

    async getMany(organization, ids) {
      const wanted = ids.map((id) => keys.stream(organization, id));
      const rows = await database.getMany<StreamRow>(wanted, { strong: true });
      return rows.map(streamOf);
    },

    async findByName(organization, name) {
      const named = await database.get<{ id: string }>(keys.streamName(organization, name));
      return get(organization, named?.id ?? nothing);
    },

    async findByLocalName({ organization, id: device }, localName) {
      const key = keys.localName(organization, { device, localName });
      const named = await database.get<{ id: string }>(key);
      return named && get(organization, named.id);
    },

    async list(organization, { sites, ...page }) {
      const { pk } = keys.stream(organization, "");
      const rows =
        sites === undefined
          ? await listByName<StreamRow>(database, { pk, page })
          : await listBySites<StreamRow>(database, {
              bySites: sites.map((site) => bySite("STR", organization, site)),
              page,
            });
      return mapPage(rows, streamOf);
    },

    async assignments(device) {
      const { pk } = keys.assignment(device, "");
      const rows = await database.query<AssignmentRow>({
        where: {
          when: "{pk} = :pk and begins_with({sk}, :prefix)",
          values: { pk, prefix: prefixes.assignment },
        },
        strong: true,
      });
      return rows.map((row) => assignmentOf(device, row));
    },

    async assignment(device, stream) {
      const row = await database.get<AssignmentRow>(keys.assignment(device, stream));
      return row && assignmentOf(device, row);
    },
  };
}

type Reports = Pick<StreamStore, "putReport" | "getReport" | "getReports" | "reportsBetween">;

function reports(database: Database): Reports {
  return {
    async putReport({ organization, stream, name, ...rest }) {
      const refused = await database.write({
        kind: "update",
        key: keys.streamReport(organization, stream),
        entity: "stream-report",
        set: { byName: reportName(name), ...rest },
        condition: {
          when: "attribute_not_exists({pk}) or {device} <> :device or {shadowVersion} < :version",
          values: { device: rest.device, version: rest.shadowVersion },
        },
      });
      return !refused;
    },

    async getReport(organization, stream) {
      const row = await database.get<ReportRow>(keys.streamReport(organization, stream));
      return row && reportOf(row);
    },

    async getReports(organization, streams) {
      const wanted = streams.map((stream) => keys.streamReport(organization, stream));
      const rows = await database.getMany<ReportRow>(wanted, { strong: true });
      return rows.map(reportOf);
    },

    async reportsBetween(organization, { first, last }) {
      const { pk } = keys.stream(organization, "");
      const rows = await database.query<ReportRow>({
        index: indexes.byName,
        where: {
          when: "{pk} = :pk and {byName} between :first and :last",
          values: { pk, first: reportName(first), last: reportName(last) },
        },
      });
      return rows.map(reportOf);
    },
  };
}

const mutable = (stream: Stream): Record<string, unknown> => {
  const { organization, id: _, name: __, createdAtMs: ___, ...rest } = stream;
  return { bySite: bySite("STR", organization, stream.site), folder: undefined, ...rest };
};

const unchanged = ({ placement }: Stream, revision: number): Condition => ({
  when: "{revision} = :revision and {placement} = :placement",
  values: { revision, placement },
});

const streamOf = (row: StreamRow): Stream => ({
  organization: organizationOf(row.pk),
  id: row.sk,
  site: row.site,
  ...(row.folder !== undefined && { folder: row.folder }),
  name: row.byName,
  title: row.title,
  labels: row.labels,
  localName: row.localName,
  placement: row.placement,
  enabled: row.enabled,
  source: row.source,
  settings: row.settings,
  revision: row.revision,
  desiredAtMs: row.desiredAtMs,
  desiredBy: row.desiredBy,
  requestId: row.requestId,
  createdAtMs: row.createdAtMs,
});

const assignmentOf = (device: string, row: AssignmentRow): Assignment => ({
  device,
  stream: idOf(row.sk),
  slot: row.slot,
  organization: row.organization,
  name: row.name,
});

const reportOf = ({
  pk,
  sk,
  byName,
  device,
  shadowVersion,
  report,
  receivedAtMs,
}: ReportRow): StoredStreamReport => ({
  organization: organizationOf(pk),
  stream: sk.slice(0, -"#R".length),
  name: byName.slice(reportName("").length),
  device,
  shadowVersion,
  report,
  receivedAtMs,
});
