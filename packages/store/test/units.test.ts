/** What each access pattern costs, measured on rows of the size that real ones have, and compared with the table in README.md. */
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Store } from "@sightline/core/ports/store";
import { createStore } from "@sightline/store/store";
import { accessPatterns, type Patterns } from "./access-units.ts";
import { auditPatterns } from "./audit-units.ts";
import { amount, countUnits, readTable, unitsOf, type Units } from "./capacity.ts";
import { sitePatterns } from "./site-units.ts";
import { openEngine, type Engine } from "./engine.ts";
import { idempotencyPatterns } from "./idempotency-units.ts";
import {
  claimEnrolment,
  freshId,
  makeAnswer,
  makeBusyDevice,
  makeCommand,
  makeCredentials,
  makeDevice,
  makeOrganization,
  makeDeviceReport,
  makeEnrolment,
  makeHealth,
  makeStream,
  makeStreamReport,
  markDevice,
  startMs,
} from "./fixtures.ts";

let engine: Engine;
let store: Store;
let spent: Units;

beforeAll(async () => {
  engine = await openEngine();
  spent = countUnits(engine.client);
  store = createStore({ ...engine, nowMs: () => startMs });
});
afterAll(() => engine.close());

const organization = freshId("organization");
const newDevice = async () => {
  const device = makeBusyDevice({ organization });
  await store.devices.create(device);
  return device;
};
const placedStream = async () => {
  const { id } = await newDevice();
  return makeStream({
    organization,
    placement: { device: id, slot: 0, epoch: 1 },
    source: {
      url: "rtsp://192.168.1.40:554/Streaming/Channels/101",
      transport: "tcp",
      credentials: makeCredentials(),
    },
    settings: { "decoder.dropFrameInterval": 4 },
  });
};
const storedStream = async () => {
  const stream = await placedStream();
  await store.streams.create(stream);
  return stream;
};
const newCommand = async () => {
  const command = makeCommand({ organization, device: freshId("device") });
  await store.commands.create(command);
  return command;
};

/** Each prepares its rows and returns the call that is measured. */
const patterns: Record<string, () => Promise<() => Promise<unknown>>> = {
  "organizations.create": async () => () => store.organizations.create(makeOrganization()),
  "organizations.get": async () => {
    await store.organizations.create(makeOrganization({ id: organization }));
    return () => store.organizations.get(organization);
  },
  "organizations.change": async () => {
    const made = makeOrganization();
    await store.organizations.create(made);
    return () => store.organizations.change({ ...made, revision: 2 });
  },
  "organizations.count": async () => () => store.organizations.count(organization, "site"),
  "devices.create": async () => () => store.devices.create(makeDevice({ organization })),
  "devices.get": async () => {
    const { id } = await newDevice();
    return () => store.devices.get(organization, id);
  },
  "devices.findByName": async () => {
    const { name } = await newDevice();
    return () => store.devices.findByName(organization, name);
  },
  "devices.organizationOf": async () => {
    const { id } = await newDevice();
    return () => store.devices.organizationOf(id);
  },
  "devices.list, 100": async () => {
    const of = freshId("organization");
    await Promise.all(
      range(120).map(() => store.devices.create(makeBusyDevice({ organization: of }))),
    );
    return () => store.devices.list(of, { rows: 100 });
  },
  "devices.list of a site, 100": async () => {
    const of = freshId("organization");
    await Promise.all(
      range(120).map(() => store.devices.create(makeBusyDevice({ organization: of }))),
    );
    return () => store.devices.list(of, { rows: 100, sites: [1] });
  },
  "devices.listAll, 100": async () => () => store.devices.listAll({ rows: 100 }),
  "devices.change": async () => {
    const device = await newDevice();
    return () => store.devices.change({ ...device, title: "New" });
  },
  "devices.setIdentity": async () => {
    const { id, identity } = await newDevice();
    return () => store.devices.setIdentity(organization, id, { ...identity!, enrolledAtMs: 1 });
  },
  "devices.changeIdentity": async () => {
    const { id, identity: before } = await newDevice();
    const change = { before: before!, after: { ...before!, enrolledAtMs: 1 } };
    return () => store.devices.changeIdentity(organization, id, change);
  },
  "devices.setGreeting": async () => {
    const { id, greeting } = await newDevice();
    if (!greeting) throw new TypeError("no greeting");
    return () => store.devices.setGreeting(organization, id, { ...greeting, atMs: 1 });
  },
  "devices.setPresence": async () => {
    const { id, presence: before } = await newDevice();
    const after = { ...before, online: true, version: 1 };
    return () => store.devices.setPresence(organization, id, { before, after });
  },
  "devices.setPresence, with an end": async () => {
    const { id, presence: before } = await newDevice();
    const after = { ...before, offlineDueAtMs: startMs + 1, version: 1 };
    return () => store.devices.setPresence(organization, id, { before, after });
  },
  "devices.putReport": async () => async () =>
    store.devices.putReport(makeDeviceReport({ organization, device: freshId("device") })),
  "devices.getReport": async () => {
    const device = freshId("device");
    await store.devices.putReport(makeDeviceReport({ organization, device }));
    return () => store.devices.getReport(organization, device);
  },
  "devices.putHealth, 16 streams": async () => {
    const of = { organization, device: freshId("device") };
    await store.devices.putHealth(makeHealth(of, { streams: 16 }));
    return () =>
      store.devices.putHealth(makeHealth(of, { streams: 16, receivedAtMs: startMs + 60_000 }));
  },
  "devices.getHealth": async () => {
    const device = freshId("device");
    await store.devices.putHealth(makeHealth({ organization, device }, { streams: 16 }));
    return () => store.devices.getHealth(organization, device);
  },
  "devices.setSyncDue": async () => () =>
    store.devices.setSyncDue(organization, freshId("device"), startMs + 60_000),
  "devices.setSyncDue, moved": async () => {
    const device = await markDevice(store, organization, startMs - 1);
    return () => store.devices.setSyncDue(organization, device, startMs + 60_000);
  },
  "devices.getSyncDue": async () => {
    const device = await markDevice(store, organization, 5);
    return () => store.devices.getSyncDue(organization, device);
  },
  "devices.clearSyncDue": async () => {
    const device = await markDevice(store, organization, 5);
    return () => store.devices.clearSyncDue(organization, device, 5);
  },
  "devices.delete": async () => {
    const { id } = await newDevice();
    return () => store.devices.delete(organization, id);
  },
  "enrolments.create": async () => () => store.enrolments.create(makeEnrolment()),
  "enrolments.get": async () => {
    const enrolment = makeEnrolment();
    await store.enrolments.create(enrolment);
    return () => store.enrolments.get(enrolment.id);
  },
  "enrolments.claim": async () => {
    const { id, ...rest } = makeEnrolment();
    await store.enrolments.create({ id, ...rest });
    return () => store.enrolments.claim(id, { csrHash: "a", untilMs: Number.MAX_SAFE_INTEGER });
  },
  "enrolments.release": async () => {
    const id = await claimEnrolment(store);
    return () => store.enrolments.release(id, "a");
  },
  "enrolments.complete": async () => {
    const id = await claimEnrolment(store);
    return () => store.enrolments.complete(id, makeAnswer("x".repeat(1500)));
  },
  "streams.create": async () => {
    const stream = await placedStream();
    return () => store.streams.create(stream);
  },
  "streams.create, unplaced": async () => {
    const stream = { ...(await placedStream()), placement: { epoch: 0 } };
    return () => store.streams.create(stream);
  },
  "streams.get": async () => {
    const { id } = await storedStream();
    return () => store.streams.get(organization, id);
  },
  "streams.getMany, 16": async () => {
    const ids = await sixteen();
    return () => store.streams.getMany(organization, ids);
  },
  "streams.findByName": async () => {
    const { name } = await storedStream();
    return () => store.streams.findByName(organization, name);
  },
  "streams.findByLocalName": async () => {
    const { localName, placement } = await storedStream();
    const device = { organization, id: placement.device ?? "" };
    return () => store.streams.findByLocalName(device, localName);
  },
  "streams.list, 100": async () => {
    const of = await manyStreams();
    return () => store.streams.list(of, { rows: 100 });
  },
  "streams.list of a site, 100": async () => {
    const of = await manyStreams();
    return () => store.streams.list(of, { rows: 100, sites: [1] });
  },
  "streams.change": async () => {
    const stream = await storedStream();
    const settings = { "decoder.dropFrameInterval": 9 };
    return () => store.streams.change({ ...stream, settings, revision: 2 });
  },
  "streams.move": async () => {
    const stream = await storedStream();
    const { id: device } = await newDevice();
    const placement = { device, slot: 1, epoch: 2 };
    return () => store.streams.move(stream, { ...stream, placement, revision: 2 });
  },
  "streams.delete": async () => {
    const stream = await storedStream();
    return () => store.streams.delete(stream);
  },
  "streams.assignments, 16": async () => {
    const { id: device } = await newDevice();
    await Promise.all(
      range(16).map((slot) =>
        store.streams.create(makeStream({ organization, placement: { device, slot, epoch: 1 } })),
      ),
    );
    return () => store.streams.assignments(device);
  },
  "streams.assignment": async () => () => store.streams.assignment("dev_1", "str_1"),
  "streams.putReport": async () => {
    const of = { organization, stream: freshId("stream"), device: freshId("device") };
    await store.streams.putReport(makeStreamReport(of));
    return () => store.streams.putReport(makeStreamReport(of, 2));
  },
  "streams.getReport": async () => {
    const of = { organization, stream: freshId("stream"), device: freshId("device") };
    await store.streams.putReport(makeStreamReport(of));
    return () => store.streams.getReport(organization, of.stream);
  },
  "streams.getReports, 16": async () => {
    const ids = await sixteen();
    return () => store.streams.getReports(organization, ids);
  },
  "streams.reportsBetween, 100": async () => {
    const of = await manyStreams();
    return () => store.streams.reportsBetween(of, { first: "000", last: "099" });
  },
  "commands.create": async () => () =>
    store.commands.create(makeCommand({ organization, device: freshId("device") })),
  "commands.get": async () => {
    const { device, id } = await newCommand();
    return () => store.commands.get(device, id);
  },
  "commands.list, 100": async () => {
    const device = freshId("device");
    await Promise.all(
      range(120).map(() => store.commands.create(makeCommand({ organization, device }))),
    );
    return () => store.commands.list(device, { rows: 100 });
  },
  "commands.pending, 1": async () => {
    const { device } = await newCommand();
    return () => store.commands.pending(device);
  },
  "commands.transition": async () => {
    const command = await newCommand();
    return () => store.commands.transition({ ...command, state: "sent" }, ["queued"]);
  },
  "commands.transition, to an end": async () => {
    const command = await newCommand();
    return () => store.commands.transition({ ...command, state: "succeeded" }, ["queued"]);
  },
  "due.list, 100": async () => () => store.due.list(startMs + 3_600_000, 100),
};

/** Of nouns that have a file of their own, too. */
const allPatterns = (): Patterns => ({
  ...patterns,
  ...accessPatterns(store),
  ...auditPatterns(store, placedStream),
  ...idempotencyPatterns(store),
  ...sitePatterns(store),
});

const range = (length: number): readonly number[] => Array.from({ length }, (_, n) => n);

async function sixteen(): Promise<readonly string[]> {
  const device = freshId("device");
  const streams = range(16).map(() => makeStream({ organization }));
  await Promise.all(
    streams.map(async (stream) => {
      await store.streams.create(stream);
      await store.streams.putReport(makeStreamReport({ organization, stream: stream.id, device }));
    }),
  );
  return streams.map(({ id }) => id);
}

async function manyStreams(): Promise<string> {
  const of = freshId("organization");
  const source = (await placedStream()).source;
  await Promise.all(
    range(120).map(async (n) => {
      const name = String(n).padStart(3, "0");
      const stream = makeStream({ organization: of, source, name });
      await store.streams.create(stream);
      const report = { organization: of, stream: stream.id, device: freshId("device"), name };
      await store.streams.putReport(makeStreamReport(report));
    }),
  );
  return of;
}

const measured: Record<string, string> = {};

// Some thousand writes prepare it.
it("costs what the table in README.md says", { timeout: 120_000 }, async () => {
  for (const [pattern, prepare] of Object.entries(allPatterns())) {
    const run = await prepare();
    measured[pattern] = await unitsOf(spent, run);
  }
  const table = readTable();
  // Random ids fall into shards as they like: there the table gives a bound.
  for (const [pattern, units] of Object.entries(table))
    if (units.startsWith("≤ ") && amount(measured[pattern], "R") <= amount(units, "R"))
      measured[pattern] = units;
  expect(measured, "correct the units in packages/store/README.md, or the code").toEqual(table);
});

it("stays within its budgets", () => {
  const of = (pattern: string, kind: "R" | "W"): number => amount(measured[pattern], kind);
  // A call that changes something leaves a record, and has it finished.
  const [finish, mark] = [of("audit.finish", "W"), of("devices.setSyncDue", "W")];
  expect(of("streams.create, recorded", "W") + finish).toBeLessThanOrEqual(16);
  expect(of("streams.change, recorded", "W") + finish + mark).toBeLessThanOrEqual(8);
  expect(of("devices.putHealth, 16 streams", "W")).toBeLessThanOrEqual(2);
  const page = of("streams.list, 100", "R") + of("streams.reportsBetween, 100", "R");
  expect(page).toBeLessThanOrEqual(25);
});

it("asks nothing of the database that is not in the table", () => {
  const methods = Object.entries(store).flatMap(([noun, methodsOf]) =>
    Object.keys(methodsOf as object).map((method) => `${noun}.${method}`),
  );
  const listed = Object.keys(allPatterns()).map((pattern) => pattern.split(/[ ,]/)[0]);
  expect(new Set(listed)).toEqual(new Set(methods));
});
