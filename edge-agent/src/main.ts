/** The agent's process: `enrol` joins a fleet, `run` serves it. */
import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { Agent } from "./agent.ts";
import type { BoxClock } from "./clock.ts";
import { readIdentity } from "./identity.ts";
import { Journal } from "./journal/journal.ts";
import { lockFolder } from "./lock.ts";
import { log, reasonOf } from "./log.ts";
import { readRunOptions } from "./options.ts";
import { ensureToken } from "./pipeline/pipeline.ts";
import { CrtTransport } from "./transport/crt-transport.ts";
import { agentVersion } from "./version.ts";

const usage = `sightline-agent ${agentVersion}

  enrol --url URL --token TOKEN [--dir DIR] [--hardware-id X]
      Joins a fleet: makes this box's keys and fetches its certificate.

  run [--dir DIR] [--pipeline-bin FILE] [--pipeline-port N] [--rtsp-port N]
      [--pipeline-url http://ADDR:PORT] [--pipeline-profile auto|7.1|8.0|9.1]
      [--allow-source ADDR:PORT]… [--media-dir DIR] [--analytics-dir DIR] [--hardware-id X]
      [--exit-with-parent]
      Runs the pipeline as the fleet wants it. DIR/agent.json may hold the same options.
      With --pipeline-url it drives NVIDIA's own DeepStream server there, and starts none.

  DIR is /var/lib/sightline unless given. Exit codes: 0 done, 1 failed, 2 wrong use, 3 try again later.
`;

const options = {
  dir: { type: "string", default: "/var/lib/sightline" },
  url: { type: "string" },
  token: { type: "string" },
  "hardware-id": { type: "string" },
  "pipeline-bin": { type: "string" },
  "pipeline-port": { type: "string" },
  "pipeline-url": { type: "string" },
  "pipeline-profile": { type: "string" },
  "rtsp-port": { type: "string" },
  "allow-source": { type: "string", multiple: true },
  "media-dir": { type: "string" },
  "analytics-dir": { type: "string" },
  "exit-with-parent": { type: "boolean", default: false },
  help: { type: "boolean", default: false },
  version: { type: "boolean", default: false },
} as const;

type Values = ReturnType<typeof parse>["values"];

const parse = () => parseArgs({ options, allowPositionals: true });

/**
 * The heap's nursery stays at its first size, 1 MB a half. V8 would double it in a busy moment and never give it back, and on a small
 * box 3 MB are worth more than the few collections that this saves an agent that mostly waits.
 */
const keepNurserySmall = (): void => setFlagsFromString("--semi-space-growth-factor=1");

/** Longest orderly end, in ms. */
const stopMsMax = 2_800;

async function main(): Promise<void> {
  const { values, positionals } = parse();
  const [command] = positionals;
  if (values.help) process.stdout.write(usage);
  else if (values.version) process.stdout.write(`${agentVersion}\n`);
  else if (command === "enrol" && positionals.length === 1)
    process.exitCode = await runEnrol(values);
  else if (command === "run" && positionals.length === 1) await run(values);
  else wrongUse("say enrol or run");
}

function wrongUse(text: string): void {
  process.stderr.write(`sightline-agent: ${text}\n\n${usage}`);
  process.exitCode = 2;
}

async function runEnrol({ dir, url, token, "hardware-id": hardwareId }: Values): Promise<number> {
  if (url === undefined || token === undefined) {
    wrongUse("enrol wants --url and --token");
    return 2;
  }
  const folder = await makeFolder(dir);
  // Not needed to run, and memory counts on a small box.
  const { enrol } = await import("./enrolment/enrolment.ts");
  const outcome = await enrol({ folder, url, token, hardwareId });
  process[outcome.code === 0 ? "stdout" : "stderr"].write(`${outcome.text}\n`);
  return outcome.code;
}

async function run(values: Values): Promise<void> {
  keepNurserySmall();
  const folder = await makeFolder(values.dir);
  const lock = await lockFolder(folder);
  if (!lock) return giveUp(`another agent runs in ${folder}`);
  const identity = await readIdentity(folder);
  if (!identity) return giveUp(`the box has not enrolled in ${folder}: run "enrol" first`);
  const runOptions = await readRunOptions(folder, {
    pipelineBin: values["pipeline-bin"],
    pipelinePort: toPort(values["pipeline-port"]),
    pipelineUrl: values["pipeline-url"],
    pipelineProfile: values["pipeline-profile"],
    rtspPort: toPort(values["rtsp-port"]),
    allowSources: values["allow-source"],
    mediaDir: values["media-dir"],
    analyticsDir: values["analytics-dir"],
    hardwareId: values["hardware-id"],
  });
  // Set before anything is connected.
  let end: (reason: string) => void = () => undefined;
  const agent = await Agent.start(
    {
      folder,
      identity,
      run: runOptions,
      pipelineToken: await ensureToken(folder),
      connectTransport: (credentials, handlers) =>
        new CrtTransport({ clientId: identity.thing, credentials }, handlers),
      end: (reason) => end(reason),
      nowMs: boxClock(process.env["SIGHTLINE_CLOCK_OFFSET_MS"]),
      say: (line) => void process.stdout.write(`${JSON.stringify(line)}\n`),
    },
    await Journal.open(join(folder, "journal")),
  );
  end = endOn(agent, values["exit-with-parent"]);
}

/** Tests set the offset, to have a box whose clock is wrong. */
function boxClock(offset: string | undefined): BoxClock {
  const offsetMs = Number(offset ?? 0) || 0;
  return () => Date.now() + offsetMs;
}

function endOn(agent: Agent, withParent: boolean): (reason: string) => void {
  let isEnding = false;
  const end = (reason: string): void => {
    if (isEnding) return;
    isEnding = true;
    log.note(`ending: ${reason}`);
    setTimeout(() => process.exit(0), stopMsMax).unref();
    void agent.stop().finally(() => process.exit(0));
  };
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGINT", () => end("SIGINT"));
  if (!withParent) return end;
  process.stdin.on("end", () => end("the parent ended"));
  process.stdin.on("error", () => end("the parent ended"));
  process.stdin.resume();
  return end;
}

/** Only this user may look into the folder: it holds the keys of the box. */
async function makeFolder(dir: string): Promise<string> {
  const folder = resolve(dir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
}

function giveUp(text: string): void {
  process.stderr.write(`sightline-agent: ${text}\n`);
  process.exitCode = 1;
}

const toPort = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

process.on("unhandledRejection", (error) => log.fail(`unhandled: ${reasonOf(error)}`));
// Whoever reads our lines may go before us.
process.stdout.on("error", () => undefined);
process.stderr.on("error", () => undefined);

main().catch((error: unknown) => {
  giveUp(reasonOf(error));
  process.exit(1);
});
