/** Demo mode: cameras on loopback, one device with an agent and a pipeline, and the cameras' streams on it. */
import { everywhere } from "@sightline/core/access/reach";
import { mkdir, readFile } from "node:fs/promises";
import type { Writable } from "node:stream";
import { isDomainError } from "@sightline/contracts/errors";
import { registerDevice } from "@sightline/core/device/device-operations";
import { findDevice } from "@sightline/core/device/find";
import { createEnrolment } from "@sightline/core/enrolment/enrolment-operations";
import type { Actor } from "@sightline/core/ports/deps";
import { findSite } from "@sightline/core/site/find";
import { createSite } from "@sightline/core/site/site-operations";
import { createStream } from "@sightline/core/stream/create";
import { editStream, type StreamDocument } from "@sightline/core/stream/edit";
import type { Stream } from "@sightline/core/stream/stream";
import { startChild, type Child } from "./child.ts";
import type { LocalDeps } from "./compose.ts";
import type { DataFolder } from "./data-folder.ts";
import { programs } from "./programs.ts";
import { supervise, type Supervised } from "./supervised.ts";

export const demoNames = { site: "demo", device: "jetson-1" } as const;
const agentFolder = "agent";
/** The demo box's own: files as sources, and those of its tracker and its analytics. */
const mediaFolder = "media";
const analyticsFolder = "analytics";
const createdFile = "demo.json";
const enrolledFile = "identity.json";
const endGraceMs = 3_500;

export interface DemoOptions {
  readonly deps: LocalDeps;
  readonly folder: DataFolder;
  readonly cameras: number;
  readonly ports: { readonly pipeline: number; readonly rtsp: number; readonly output: number };
  readonly apiUrl: string;
  readonly caPem: string;
  readonly logOf: (part: string) => Writable;
  /** The agent or the pipeline has another pid. */
  readonly onChange: () => void;
}

export interface Demo {
  readonly cameraUrls: readonly string[];
  readonly streams: readonly Stream[];
  readonly pids: () => { readonly agent: number; readonly pipeline: number };
  readonly pipelineUrl: string;
  /** Bearer for the pipeline's additive routes; the agent makes it. */
  readonly pipelineToken: () => Promise<string>;
  close(): Promise<void>;
}

export async function startDemo(options: DemoOptions): Promise<Demo> {
  const { deps, folder } = options;
  const actor: Actor = {
    organization: folder.secrets.organization,
    name: "demo",
    requestId: deps.ids.next("event"),
    reach: everywhere,
  };
  const cameras = await startCameras(options);
  await ensureDevice(deps, actor);
  await ensureEnrolled(options, actor);
  const agent = await startAgent(options);
  const streams = await ensureStreams(options, actor, cameras.urls);
  return {
    cameraUrls: cameras.urls,
    streams,
    pids: () => ({ agent: agent.supervised.pid(), pipeline: agent.pipelinePid() }),
    pipelineToken: async () =>
      (await readFile(folder.file(agentFolder, "pipeline-token"), "utf8")).trim(),
    pipelineUrl: `http://127.0.0.1:${options.ports.pipeline}`,
    async close() {
      await agent.supervised.end(endGraceMs);
      await cameras.child.end(endGraceMs);
    },
  };
}

async function startCameras({
  cameras,
  ports,
  logOf,
}: DemoOptions): Promise<{ readonly child: Supervised; readonly urls: readonly string[] }> {
  let ready: (urls: readonly string[]) => void = () => undefined;
  const urls = new Promise<readonly string[]>((resolve) => {
    ready = resolve;
  });
  const log = logOf("cameras");
  const child = await supervise(
    {
      command: programs.demoCameras,
      args: ["--port", String(ports.rtsp), "--count", String(cameras), "--exit-with-parent"],
      log,
      onLine: (line) => {
        const said = parseLine(line);
        if (Array.isArray(said["urls"])) ready(said["urls"].map(String));
      },
    },
    (why) => log.write(`demo cameras ${why}\n`),
  );
  return { child, urls: await urls };
}

function parseLine(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

async function ensureDevice(deps: LocalDeps, actor: Actor): Promise<void> {
  const { site, device } = demoNames;
  try {
    await findSite(deps, actor, site);
  } catch (error) {
    if (!isDomainError(error, "site.not-found")) throw error;
    await createSite(deps, actor, { name: site, title: "Demo" });
  }
  try {
    await findDevice(deps, actor, device);
  } catch (error) {
    if (!isDomainError(error, "device.not-found")) throw error;
    await registerDevice(deps, actor, { name: device, site, title: "Demo box" });
  }
}

interface Identity {
  readonly mqtt: { readonly host: string; readonly port: number };
}

/** As any box does it: a one-time token, and the agent's own command. */
async function ensureEnrolled(options: DemoOptions, actor: Actor): Promise<void> {
  const { deps, folder, apiUrl } = options;
  const device = await findDevice(deps, actor, demoNames.device);
  const identity = await folder.readJson<Identity>(`${agentFolder}/${enrolledFile}`);
  const { host, port } = deps.endpoint;
  // The gateway can have another port than last time.
  const isCurrent = identity?.mqtt.host === host && identity.mqtt.port === port;
  if (isCurrent && device.identity) return;
  await mkdir(folder.file(agentFolder), { recursive: true, mode: 0o700 });
  const { token } = await createEnrolment(deps, actor, {
    device: device.id,
    caFingerprint: deps.caFingerprint,
  });
  const child: Child = await startChild({
    command: process.execPath,
    args: [
      programs.agent,
      ...["enrol", "--url", apiUrl, "--token", token, "--dir", folder.file(agentFolder)],
    ],
    log: options.logOf("agent"),
  });
  const { code } = await child.exited;
  if (code !== 0)
    throw new Error(`the demo agent could not enrol; see ${folder.file("logs", "agent.log")}`);
}

async function startAgent(
  options: DemoOptions,
): Promise<{ readonly supervised: Supervised; readonly pipelinePid: () => number }> {
  const { folder, ports } = options;
  const log = options.logOf("agent");
  let pipelinePid = 0;
  for (const name of [mediaFolder, analyticsFolder])
    await mkdir(folder.file(name), { recursive: true, mode: 0o700 });
  const supervised = await supervise(
    {
      command: process.execPath,
      args: [
        programs.agent,
        "run",
        ...["--dir", folder.file(agentFolder)],
        ...["--pipeline-bin", programs.pipeline],
        ...["--pipeline-port", String(ports.pipeline), "--rtsp-port", String(ports.output)],
        ...["--media-dir", folder.file(mediaFolder)],
        ...["--analytics-dir", folder.file(analyticsFolder)],
        ...["--allow-source", `127.0.0.1:${ports.rtsp}`],
        "--exit-with-parent",
      ],
      log,
      onLine: (line) => {
        const said = parseLine(line);
        const pipeline = said["pipeline"] as { pid?: number } | undefined;
        pipelinePid = Number(pipeline?.pid ?? said["pipelinePid"] ?? pipelinePid);
        options.onChange();
      },
    },
    (why) => log.write(`agent ${why}\n`),
  );
  return { supervised, pipelinePid: () => pipelinePid };
}

/** Made once: a demo stream that somebody deleted stays away. */
async function ensureStreams(
  { deps, folder }: DemoOptions,
  actor: Actor,
  urls: readonly string[],
): Promise<readonly Stream[]> {
  const created = (await folder.readJson<{ streams: string[] }>(createdFile))?.streams ?? [];
  const streams: Stream[] = [];
  for (const [index, url] of urls.entries()) {
    const name = `camera-${index + 1}`;
    const known = await deps.store.streams.findByName(actor.organization, name);
    if (known) streams.push(await follow(deps, actor, { stream: known, url }));
    else if (!created.includes(name)) {
      const { device } = demoNames;
      const labels = { demo: "true" };
      const made = await createStream(deps, actor, { name, device, labels, source: { url } });
      streams.push(made.stream);
      created.push(name);
      await folder.writeJson(createdFile, { streams: created });
    }
  }
  return streams;
}

/** The demo cameras can have another port than last time. */
async function follow(
  deps: LocalDeps,
  actor: Actor,
  { stream, url }: { readonly stream: Stream; readonly url: string },
): Promise<Stream> {
  if (stream.labels["demo"] !== "true" || stream.source.url === url) return stream;
  const edit = (document: StreamDocument): StreamDocument => ({ ...document, source: { url } });
  return editStream(deps, actor, { stream: stream.id, edit });
}
