/** The cloud half on one machine: database, device gateway, API, event handlers. The same code as on AWS, run here. */
import { deviceRules } from "@sightline/contracts/rules";
import { sweep } from "@sightline/core/sweep/sweep";
import { syncShadow } from "@sightline/core/sync/shadow-sync";
import { takeEvent } from "@sightline/functions/device-events/device-events";
import { takeCertificateEvent } from "@sightline/functions/enrol/certificate";
import { startIotLocal, type IotLocal } from "@sightline/iot-local/iot-local";
import { serverNames } from "./addresses.ts";
import { compose, region, accountId, installation } from "./compose.ts";
import type { ComposeOptions, LocalDeps } from "./compose.ts";
import { startDatabase, throughOutages, type Database } from "./database.ts";
import { startDialectServer, startHttpServer } from "./http-server.ts";
import { every } from "./timer.ts";

/** Who takes what the rules select. */
const takers = { "device-events": takeEvent, enrol: takeCertificateEvent } as const;

const sweepIntervalMs = 2_000;
const expiryIntervalMs = 3_600_000;

export interface CloudOptions extends ComposeOptions {
  readonly https: boolean;
  readonly certificateLifeMs: number;
  readonly ports: {
    readonly api: number;
    readonly deepstream: number;
    readonly mqtt: number;
    readonly database: number;
  };
  /** A part has another pid. */
  readonly onChange: () => void;
}

export interface Cloud {
  readonly deps: LocalDeps;
  readonly mqttPort: number;
  /** Undefined when the database is not ours. */
  readonly databasePid: () => number | undefined;
  readonly caPem: string;
  close(): Promise<void>;
}

export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { log, host, ports } = options;
  const composed = deferred<LocalDeps>();
  const database = await openDatabase(options, () => {
    options.onChange();
    // What was written right before it ended may not have been told to a device.
    void composed.promise
      .then(syncEveryDevice)
      .catch((cause: unknown) => log("warn", "the devices could not be synced", { cause }));
  });
  const iotLocal = await startGateway(options, composed.promise);
  const deps = await compose(options, iotLocal);
  composed.resolve(deps);
  const tls = options.https ? await iotLocal.issueServerCertificate(serverNames(host)) : undefined;
  const server = await startHttpServer(deps, { host, port: ports.api, tls });
  const dialect = await startDialectServer(deps, { host, port: ports.deepstream, tls });
  const sweeper = every(
    sweepIntervalMs,
    async () => {
      for (const cause of (await sweep(deps)).failures) log("warn", "a due item failed", { cause });
    },
    (cause) => log("warn", "the sweep failed", { cause }),
  );
  const expiry = every(
    expiryIntervalMs,
    async () => log("info", "expired rows removed", { rows: await deps.removeExpired() }),
    (cause) => log("warn", "expired rows could not be removed", { cause }),
  );
  await deps.removeLeftThings();
  await syncEveryDevice(deps);
  return {
    deps,
    mqttPort: iotLocal.mqttPort,
    databasePid: () => database?.pid(),
    caPem: iotLocal.ca.certificatePem,
    async close() {
      await Promise.all([server.close(), dialect.close()]);
      await Promise.all([sweeper.stop(), expiry.stop()]);
      await iotLocal.close();
      await database?.close();
    },
  };
}

/** The embedded database, unless the environment names another one. */
async function openDatabase(
  options: CloudOptions,
  onRestart: () => void,
): Promise<Database | undefined> {
  const given = process.env["AWS_ENDPOINT_URL_DYNAMODB"];
  if (given !== undefined) return undefined;
  const { folder, ports, log } = options;
  const database = await startDatabase({
    folder: folder.file("database"),
    port: ports.database,
    log,
    onRestart,
  });
  process.env["AWS_ENDPOINT_URL_DYNAMODB"] = database.url;
  return database;
}

/** What devices say before everything is composed waits for `deps`. */
async function startGateway(options: CloudOptions, deps: Promise<LocalDeps>): Promise<IotLocal> {
  const { folder, host, ports, log } = options;
  const iotLocal = await startIotLocal({
    folder: folder.file("gateway"),
    host,
    mqttPort: ports.mqtt,
    serverNames: serverNames(host),
    region,
    accountId,
    credentials: folder.secrets.gateway,
    deviceCertificateLifeMs: options.certificateLifeMs,
    rules: deviceRules(installation).map((rule) => ({
      ...rule,
      // The gateway gives an event up after three tries; the box was told that it has been taken.
      handle: async (event) => throughOutages(async () => takers[rule.target](await deps, event)),
    })),
    log: (level, text) => log(level, text, { part: "gateway" }),
  });
  process.env["AWS_ENDPOINT_URL_IOT"] = iotLocal.restUrl;
  process.env["AWS_ENDPOINT_URL_IOT_DATA_PLANE"] = iotLocal.restUrl;
  return iotLocal;
}

/** After any start: whatever a crash left between the table and the shadows. */
async function syncEveryDevice(deps: LocalDeps): Promise<void> {
  let after: string | undefined;
  do {
    const page = await deps.store.devices.listAll({ rows: 100, ...(after && { after }) });
    for (const { organization, id } of page.items)
      await syncShadow(deps, { organization, device: id, full: true }).catch((cause: unknown) =>
        deps.log("warn", "a device could not be synced", { device: id, cause }),
      );
    after = page.next;
  } while (after !== undefined);
}

function deferred<T>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
