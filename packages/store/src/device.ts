/**
 * Devices. The row holds what people set and what the box said at its last hello; its report, health and the mark "check whether
 * it is in sync" are rows of their own, so that writing them costs no index entry.
 */
import { DomainError } from "@sightline/contracts/errors";
import type { Device, StoredDeviceReport, StoredHealth } from "@sightline/core/device/device";
import type { DeviceStore } from "@sightline/core/ports/store";
import type { Database } from "./database.ts";
import {
  bySite,
  dueShardOf,
  fleetShards,
  keys,
  nothing,
  organizationOf,
  shardOf,
  type Key,
} from "./keys.ts";
import { enterSite, leaveSite, siteNotFound } from "./contents.ts";
import { cut, listByName, listBySites, mapPage, type Named } from "./page.ts";
import { isStored } from "./write.ts";

/** Without what the keys say; `byName` is the name, `slots` is absent while there are none. */
type DeviceRow = Named & { readonly bySite: string; readonly slots?: ReadonlySet<number> } & Omit<
    Device,
    "organization" | "id" | "name" | "slots"
  >;
type FleetRow = Key & Pick<Device, "organization">;
type ReportRow = Omit<StoredDeviceReport, "organization" | "device">;
type HealthRow = Omit<StoredHealth, "organization" | "device">;

export function createDeviceStore(database: Database): DeviceStore {
  return { ...lifeCycle(database), ...reads(database), ...changes(database), ...reports(database) };
}

type LifeCycle = Pick<DeviceStore, "create" | "delete">;

function lifeCycle(database: Database): LifeCycle {
  return {
    async create({ organization, id, name, slots, ...rest }) {
      const row = {
        byName: name,
        bySite: bySite("DEV", organization, rest.site),
        ...rest,
        ...(slots.length > 0 && { slots: new Set(slots) }),
        ...offlineDue(id, rest.presence),
      };
      const refused = await database.transact({
        device: { kind: "put", key: keys.device(organization, id), entity: "device", row },
        fleet: {
          kind: "put",
          key: keys.fleetMember(id),
          entity: "fleet-member",
          row: { organization },
        },
        name: {
          kind: "put",
          key: keys.deviceName(organization, name),
          entity: "reference",
          row: { id },
        },
        site: enterSite({ organization, id, site: rest.site }),
      });
      if (refused?.name)
        throw new DomainError("device.name-taken", `another device is named ${name}`);
      if (refused?.site) throw siteNotFound(rest.site);
      if (refused) throw new Error(`device ${id} was created before`);
    },

    async delete(organization, id) {
      const key = keys.device(organization, id);
      const row = await database.get<DeviceRow>(key);
      if (!row) throw notFound(id);
      const refused = await database.transact({
        device: {
          kind: "delete",
          key,
          condition: { when: "attribute_exists({pk}) and attribute_not_exists({slots})" },
        },
        name: { kind: "delete", key: keys.deviceName(organization, row.byName) },
        fleet: { kind: "delete", key: keys.fleetMember(id) },
        report: { kind: "delete", key: keys.deviceReport(organization, id) },
        sync: { kind: "delete", key: keys.deviceSync(organization, id) },
        health: { kind: "delete", table: "telemetry", key: keys.health(organization, id) },
        site: leaveSite({ organization, id, site: row.site }),
      });
      if (refused?.device?.stored)
        throw new DomainError("device.has-streams", "streams are placed on the device", {
          hint: "move or delete them first",
        });
      if (refused) throw notFound(id);
    },
  };
}

type Reads = Pick<DeviceStore, "get" | "findByName" | "organizationOf" | "list" | "listAll">;

function reads(database: Database): Reads {
  const get = async (organization: string, id: string): Promise<Device | undefined> => {
    const row = await database.get<DeviceRow>(keys.device(organization, id));
    return row && deviceOf(row);
  };
  return {
    get,

    async findByName(organization, name) {
      const named = await database.get<{ id: string }>(keys.deviceName(organization, name));
      return get(organization, named?.id ?? nothing);
    },

    async organizationOf(id) {
      return (await database.get<FleetRow>(keys.fleetMember(id)))?.organization;
    },

    async list(organization, { sites, ...page }) {
      const { pk } = keys.device(organization, "");
      const rows =
        sites === undefined
          ? await listByName<DeviceRow>(database, { pk, page })
          : await listBySites<DeviceRow>(database, {
              bySites: sites.map((site) => bySite("DEV", organization, site)),
              page,
            });
      return mapPage(rows, deviceOf);
    },

    async listAll({ rows, after }) {
      const found: FleetRow[] = [];
      for (const pk of fleetShards.slice(after === undefined ? 0 : shardOf(after))) {
        const isFirst =
          after !== undefined && found.length === 0 && pk === fleetShards[shardOf(after)];
        const where = isFirst
          ? { when: "{pk} = :pk and {sk} > :after", values: { pk, after } }
          : { when: "{pk} = :pk", values: { pk } };
        found.push(...(await database.query<FleetRow>({ where, rows: rows + 1 - found.length })));
        if (found.length > rows) break;
      }
      const page = cut(found, rows, ({ sk }) => sk);
      return mapPage(page, ({ organization, sk }) => ({ organization, id: sk }));
    },
  };
}

type Changes = Pick<
  DeviceStore,
  | "change"
  | "setIdentity"
  | "changeIdentity"
  | "setGreeting"
  | "setPresence"
  | "setSyncDue"
  | "getSyncDue"
  | "clearSyncDue"
>;

function changes(database: Database): Changes {
  const set = async (
    organization: string,
    id: string,
    attributes: Readonly<Record<string, unknown>>,
  ): Promise<void> => {
    const refused = await database.write({
      kind: "update",
      key: keys.device(organization, id),
      entity: "device",
      set: attributes,
      condition: isStored,
    });
    if (refused) throw notFound(id);
  };
  return {
    async change({ organization, id, title, labels, wish, revision, updatedAtMs }) {
      const refused = await database.write({
        kind: "update",
        key: keys.device(organization, id),
        entity: "device",
        set: { title, labels, ...(wish && { wish }), revision: revision + 1, updatedAtMs },
        condition: { when: "{revision} = :revision", values: { revision } },
      });
      return !refused;
    },

    setIdentity: (organization, id, identity) => set(organization, id, { identity }),

    async changeIdentity(organization, id, { before, after }) {
      const refused = await database.write({
        kind: "update",
        key: keys.device(organization, id),
        entity: "device",
        set: { identity: after },
        condition: { when: "{identity} = :before", values: { before } },
      });
      return !refused;
    },

    setGreeting: (organization, id, greeting) => set(organization, id, { greeting }),

    async setPresence(organization, id, { before, after }) {
      const refused = await database.write({
        kind: "update",
        key: keys.device(organization, id),
        entity: "device",
        set: { presence: after, ...offlineDue(id, after) },
        condition: { when: "{presence} = :before", values: { before } },
      });
      return !refused;
    },

    async setSyncDue(organization, id, dueAtMs) {
      await database.write({
        kind: "update",
        key: keys.deviceSync(organization, id),
        entity: "device-sync",
        set: { dueShard: dueShardOf(id), dueAtMs },
        // An earlier mark that still lies ahead does as well, and leaving it alone costs a third of moving it.
        condition: {
          when: "attribute_not_exists({pk}) or {dueAtMs} <= :now or {dueAtMs} > :due",
          values: { now: database.nowMs(), due: dueAtMs },
        },
      });
    },

    async getSyncDue(organization, id) {
      const row = await database.get<{ dueAtMs: number }>(keys.deviceSync(organization, id));
      return row?.dueAtMs;
    },

    async clearSyncDue(organization, id, dueAtMs) {
      const condition = { when: "{dueAtMs} = :seen", values: { seen: dueAtMs } };
      await database.write({ kind: "delete", key: keys.deviceSync(organization, id), condition });
    },
  };
}

type Reports = Pick<DeviceStore, "putReport" | "getReport" | "putHealth" | "getHealth">;

function reports(database: Database): Reports {
  return {
    async putReport({ organization, device, ...rest }) {
      const refused = await database.write({
        kind: "update",
        key: keys.deviceReport(organization, device),
        entity: "device-report",
        set: { ...rest },
        condition: {
          when: "attribute_not_exists({pk}) or {shadowVersion} < :version",
          values: { version: rest.shadowVersion },
        },
      });
      return !refused;
    },

    async getReport(organization, device) {
      const row = await database.get<ReportRow>(keys.deviceReport(organization, device));
      if (!row) return undefined;
      const { shadowVersion, report, receivedAtMs } = row;
      return { organization, device, shadowVersion, report, receivedAtMs };
    },

    async putHealth({ organization, device, ...rest }) {
      // Batches can overtake each other; the newest one stays. By our clock: the box's may jump.
      await database.write({
        kind: "update",
        table: "telemetry",
        key: keys.health(organization, device),
        entity: "health",
        set: { ...rest },
        condition: {
          when: "attribute_not_exists({pk}) or {receivedAtMs} <= :received",
          values: { received: rest.receivedAtMs },
        },
      });
    },

    async getHealth(organization, device) {
      const row = await database.get<HealthRow>(keys.health(organization, device), "telemetry");
      return row && { organization, device, report: row.report, receivedAtMs: row.receivedAtMs };
    },
  };
}

const notFound = (id: string): DomainError =>
  new DomainError("device.not-found", `there is no device ${id}`);

/** The due entry of the device's own row; undefined takes it away. */
const offlineDue = (id: string, { offlineDueAtMs }: Device["presence"]) => ({
  dueShard: offlineDueAtMs === undefined ? undefined : dueShardOf(id),
  dueAtMs: offlineDueAtMs,
});

const deviceOf = (row: DeviceRow): Device => ({
  organization: organizationOf(row.pk),
  id: row.sk,
  site: row.site,
  name: row.byName,
  title: row.title,
  labels: row.labels,
  ...(row.identity && { identity: row.identity }),
  presence: row.presence,
  ...(row.greeting && { greeting: row.greeting }),
  slots: [...(row.slots ?? [])].toSorted((a, b) => a - b),
  ...(row.wish && { wish: row.wish }),
  revision: row.revision,
  createdAtMs: row.createdAtMs,
  updatedAtMs: row.updatedAtMs,
});
