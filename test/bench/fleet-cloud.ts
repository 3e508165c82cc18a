/** The cloud half for a simulated fleet, in a process of its own: database on disk, device gateway, the handlers of what devices say. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { CreateThingCommand, IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { ensureDevicePolicy } from "@sightline/all-in-one/policy";
import { devicePolicyName } from "@sightline/contracts/device-policy";
import { thingName, type Installation } from "@sightline/contracts/ids";
import { deviceRules } from "@sightline/contracts/rules";
import { createSignals } from "@sightline/core/adapters/emitter-signals";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { systemClock } from "@sightline/core/adapters/system-clock";
import type { DeviceDeps } from "@sightline/core/ports/deps";
import { neverSeen } from "@sightline/core/presence/presence";
import { takeEvent } from "@sightline/functions/device-events/device-events";
import { startIotLocal } from "@sightline/iot-local/iot-local";
import { createGateway } from "@sightline/iot/gateway";
import { startDynoxide } from "@sightline/store/dynoxide";
import { createStore } from "@sightline/store/store";
import { ensureTables } from "@sightline/store/tables";
import { eachOf } from "./each-of.ts";

export interface FleetReady {
  readonly port: number;
  readonly things: readonly string[];
  readonly installation: Installation;
}

export interface FleetOutcome {
  /** Ms from the report's `atMs` until its row was written. */
  readonly delaysMs: readonly number[];
  /** Devices whose stored report is the last one sent. */
  readonly current: number;
}

const installation: Installation = { app: "sightline", stage: "bench" };
const organization = "org_bench";
const region = "local";
const accountId = "000000000000";
const tables = { state: "sightline-bench-state", telemetry: "sightline-bench-telemetry" };
const credentials = { accessKeyId: "AKIABENCH", secretAccessKey: "bench" };

async function main(devices: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), "sightline-bench-"));
  const database = await startDynoxide({
    folder: path.join(folder, "database"),
    log: () => undefined,
  });
  const dynamo = new DynamoDBClient({ region, credentials, endpoint: database.url });
  await ensureTables(dynamo, tables, { streams: false });
  const store = createStore({ client: dynamo, tables });
  const delaysMs: number[] = [];
  /** Reports may be handled twice. */
  const taken = new Set<string>();
  let deps: (DeviceDeps & { readonly log: () => void }) | undefined;
  const iotLocal = await startIotLocal({
    folder: path.join(folder, "gateway"),
    host: "127.0.0.1",
    mqttPort: 0,
    plainListener: { host: "127.0.0.1", port: 0, policyName: devicePolicyName(installation) },
    serverNames: ["127.0.0.1"],
    region,
    accountId,
    credentials,
    rules: deviceRules(installation).map((rule) => ({
      ...rule,
      handle: async (event) => {
        if (deps) await takeEvent(deps, event);
        const report = `${String(event["topic"])} ${String(event["atMs"])}`;
        if (rule.name !== "health" || taken.has(report)) return;
        taken.add(report);
        delaysMs.push(Date.now() - Number(event["atMs"]));
      },
    })),
    log: (level, text) => process.stderr.write(`${level} ${text}\n`),
  });
  const aws = { region, credentials, endpoint: iotLocal.restUrl };
  const iot = new IoTClient(aws);
  await ensureDevicePolicy(iot, { ...installation, region, accountId, partition: "aws" });
  const gateway = createGateway(new IoTDataPlaneClient(aws));
  const ids = createRandomIds(systemClock);
  const signals = createSignals();
  deps = { installation, store, gateway, clock: systemClock, ids, signals, log: () => undefined };
  const made = Array.from({ length: devices }, () => ids.next("device"));
  await eachOf(made, async (id) => {
    const thing = thingName(installation, id);
    await store.devices.create(newDevice(id));
    await iot.send(new CreateThingCommand({ thingName: thing }));
  });
  const things = made.map((id) => thingName(installation, id));
  process.send?.({ port: iotLocal.plainPort ?? 0, things, installation } satisfies FleetReady);
  process.on("message", (sent: Readonly<Record<string, number>>) => {
    void outcome(sent).then((answer) => process.send?.(answer));
  });
  process.once("disconnect", () => {
    void iotLocal
      .close()
      .then(() => database.close())
      .then(() => rm(folder, { recursive: true, force: true }))
      .then(() => process.exit(0));
  });

  /** @param sent when the last report of each thing was sent, epoch ms */
  async function outcome(sent: Readonly<Record<string, number>>): Promise<FleetOutcome> {
    let current = 0;
    await eachOf(made, async (id) => {
      const health = await store.devices.getHealth(organization, id);
      if (health?.report.atMs === sent[thingName(installation, id)]) current += 1;
    });
    return { delaysMs, current };
  }
}

const newDevice = (id: string): Parameters<DeviceDeps["store"]["devices"]["create"]>[0] => ({
  organization,
  id,
  site: 1,
  name: id,
  title: "",
  labels: {},
  presence: neverSeen(Date.now()),
  slots: [],
  revision: 1,
  createdAtMs: Date.now(),
  updatedAtMs: Date.now(),
});

await main(Number(process.argv[2]));
