/** Everything, in the order in which it starts and ends. */
import { writeFile } from "node:fs/promises";
import type { Counting } from "@sightline/core/access/bootstrap";
import type { Log } from "@sightline/functions/shared/log";
import { reachableAddress, urlHost } from "./addresses.ts";
import { startCloud, type Cloud } from "./cloud.ts";
import { openDataFolder, type DataFolder } from "./data-folder.ts";
import { demoNames, startDemo, type Demo } from "./demo.ts";
import { watchFirstAdmin } from "./first-admin.ts";
import type { LogFiles } from "./log-file.ts";
import { UsageError, type Options } from "./options.ts";
import { choosePort, isFree } from "./port.ts";
import { checkPrograms } from "./programs.ts";
import { keepReadyFile } from "./ready-file.ts";
import { startedText } from "./screen.ts";
import { waitUntilRunning, type StreamStates } from "./stream-states.ts";

export const version = "0.1.0";

interface Surroundings {
  readonly log: Log;
  readonly logs: LogFiles;
  readonly print: (text: string) => void;
  /** See `failpoints.ts`. */
  readonly failpointFile: string | undefined;
}

export interface System {
  close(): Promise<void>;
}

/** @throws FolderInUse | Error saying what keeps it from starting */
export async function startSystem(options: Options, around: Surroundings): Promise<System> {
  const startedAtMs = Date.now();
  const folder = await openDataFolder(options.folder);
  if (options.cameras > 0) checkPrograms();
  const ports = await choosePorts(options, folder);
  const ready = keepReadyFile(folder);
  const root = `${options.https ? "https" : "http"}://${urlHost(reachableAddress(options.host))}`;
  const apiUrl = `${root}:${ports.api}`;
  const deepstreamUrl = `${root}:${ports.deepstream}`;
  const cloud = await startCloud({
    folder,
    host: options.host,
    https: options.https,
    certificateLifeMs: options.certificateLifeMs,
    apiUrl,
    ports,
    version,
    log: around.log,
    failpointFile: around.failpointFile,
    onChange: () => ready.refresh(),
    onAccessChange: () => ready.refresh(),
  });
  const admin = watchFirstAdmin(cloud.deps, folder.secrets.admin);
  await writeFile(folder.file("ca.pem"), cloud.caPem, { mode: 0o644 });
  let demo: Demo | undefined;
  let states: StreamStates = [];
  if (options.cameras > 0) {
    demo = await startDemo({
      deps: cloud.deps,
      folder,
      cameras: options.cameras,
      ports,
      apiUrl,
      caPem: cloud.caPem,
      logOf: (part) => around.logs.of(part),
      onChange: () => ready.refresh(),
    });
    states = await waitUntilRunning(cloud.deps, demo.streams, startedAtMs);
  }
  await ready.open(() =>
    readyContent({ options, folder, cloud, admin, demo, apiUrl, deepstreamUrl }),
  );
  around.print(
    startedText({
      apiUrl,
      deepstreamUrl,
      ...(await admin()),
      adminFile: folder.file("admin.json"),
      mqtt: `${urlHost(reachableAddress(options.host))}:${cloud.mqttPort}`,
      caFile: options.https ? folder.file("ca.pem") : undefined,
      streams: states,
      logs: folder.file("logs"),
      seconds: (Date.now() - startedAtMs) / 1000,
    }),
  );
  return {
    async close() {
      await ready.close();
      await demo?.close();
      await cloud.close();
      folder.unlock();
    },
  };
}

interface Ports {
  readonly api: number;
  readonly deepstream: number;
  readonly mqtt: number;
  readonly database: number;
  readonly pipeline: number;
  readonly rtsp: number;
  readonly output: number;
}

const defaultPorts = { mqtt: 8883, pipeline: 9000, rtsp: 8554, output: 8654, database: 0 } as const;

/** `--port` moves only the API; the others keep to their defaults, or the next free ones. */
async function choosePorts(options: Options, folder: DataFolder): Promise<Ports> {
  const { host, port, portGiven, deepstreamPort } = options;
  const taken = new Set<number>();
  const choose = async (name: string, wanted: number, at: string): Promise<number> => {
    const last = folder.ports[name];
    const chosen = await choosePort({ host: at, wanted: port === 0 ? 0 : wanted, last, taken });
    taken.add(chosen);
    return chosen;
  };
  const local = "127.0.0.1";
  const keepTo = async (wanted: number, option: string): Promise<number> => {
    if (taken.has(wanted) || !(await isFree(wanted, host)))
      throw new UsageError(`port ${wanted} on ${host} is taken; give another one with ${option}`);
    taken.add(wanted);
    return wanted;
  };
  const isFixed = portGiven && port !== 0;
  const api = isFixed ? await keepTo(port, "--port") : await choose("api", port, host);
  const ports: Ports = {
    api,
    deepstream:
      deepstreamPort === 0
        ? await choose("deepstream", 0, host)
        : await keepTo(deepstreamPort, "--deepstream-port"),
    mqtt: await choose("mqtt", defaultPorts.mqtt, host),
    pipeline: await choose("pipeline", defaultPorts.pipeline, local),
    rtsp: await choose("rtsp", defaultPorts.rtsp, local),
    output: await choose("output", defaultPorts.output, local),
    database: await choose("database", defaultPorts.database, local),
  };
  await folder.savePorts({ ...ports });
  return ports;
}

interface ReadyParts {
  readonly options: Options;
  readonly folder: DataFolder;
  readonly cloud: Cloud;
  readonly admin: () => Promise<Counting>;
  readonly demo: Demo | undefined;
  readonly apiUrl: string;
  readonly deepstreamUrl: string;
}

async function readyContent(parts: ReadyParts): Promise<unknown> {
  const { options, folder, cloud, demo, apiUrl, deepstreamUrl } = parts;
  const { organization } = folder.secrets;
  const host = urlHost(reachableAddress(options.host));
  return {
    api: apiUrl,
    deepstream: deepstreamUrl,
    mqtt: `mqtts://${host}:${cloud.mqttPort}`,
    ...(demo && { pipeline: { url: demo.pipelineUrl, token: await demo.pipelineToken() } }),
    admin: await parts.admin(),
    organization,
    ...(demo && demoNames),
    cameras: demo?.cameraUrls ?? [],
    pids: { main: process.pid, ...demo?.pids(), database: cloud.databasePid() },
    pid: process.pid,
  };
}
