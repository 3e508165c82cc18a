/** Records of the table's stream carry undecoded images of rows; here they are made of rows that the store wrote. */
import { ScanCommand, type AttributeValue } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createStore } from "@sightline/store/store";
import { tableChange } from "@sightline/store/table-change";
import { openEngine, type Engine } from "./engine.ts";
import { freshId, makeDevice, makeStream, makeStreamReport } from "./fixtures.ts";

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine();
});
afterAll(() => engine.close());

type Image = Record<string, AttributeValue>;

const rows = async (): Promise<readonly Image[]> =>
  (await engine.client.send(new ScanCommand({ TableName: engine.tables.state }))).Items ?? [];

it("tells which devices a stream was and is on, which device is gone, and which is wished to be another", async () => {
  const { devices, streams } = createStore(engine);
  const organization = freshId("organization");
  const [from, to] = [makeDevice({ organization }), makeDevice({ organization })];
  await devices.create(from);
  await devices.create(to);
  const before = makeStream({ organization, placement: { device: from.id, slot: 0, epoch: 1 } });
  await streams.create(before);
  const { id } = before;
  await streams.putReport(makeStreamReport({ organization, stream: id, device: from.id }));
  const OldImage = await imageOf(id);
  const placement = { device: to.id, slot: 0, epoch: 2 };
  await streams.move(before, { ...before, placement, revision: 2 });
  const NewImage = await imageOf(id);

  const stream = { entity: "stream", organization, id };
  const change = (eventName: string, dynamodb: object) => tableChange({ eventName, dynamodb });
  expect(change("INSERT", { NewImage })).toEqual({ ...stream, devices: [to.id] });
  expect(change("MODIFY", { NewImage, OldImage })).toEqual({
    ...stream,
    devices: [from.id, to.id],
  });
  expect(change("REMOVE", { OldImage })).toEqual({ ...stream, devices: [from.id] });

  const device = { entity: "device", organization, id: to.id };
  const image = await imageOf(to.id);
  expect(change("INSERT", { NewImage: image })).toEqual({ ...device, what: "other" });
  expect(change("REMOVE", { OldImage: image })).toEqual({ ...device, what: "removed" });
  const asked = { desiredAtMs: 1, desiredBy: "test", requestId: "evt_1" };
  const wish = { pipeline: "stopped" as const, settings: {}, revision: 1, ...asked };
  await devices.change({ ...to, wish });
  const wished = await imageOf(to.id);
  expect(change("MODIFY", { OldImage: image, NewImage: wished })).toEqual({
    ...device,
    what: "wish",
  });
  expect(change("MODIFY", { OldImage: wished, NewImage: wished })).toEqual({
    ...device,
    what: "other",
  });

  const others = (await rows()).filter(
    ({ entity }) => entity?.S !== "stream" && entity?.S !== "device",
  );
  expect(others.length).toBeGreaterThan(5);
  for (const other of others)
    expect(change("INSERT", { NewImage: other })).toEqual({ entity: "other" });
  expect(tableChange({})).toEqual({ entity: "other" });
});

async function imageOf(id: string): Promise<Image> {
  const found = (await rows()).find(
    ({ sk, entity }) => sk?.S === id && entity?.S !== "fleet-member",
  );
  if (!found) throw new TypeError(`no row ${id}`);
  return found;
}
