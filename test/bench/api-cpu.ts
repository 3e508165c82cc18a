/** CPU of an API request, beside a bare node:http server that makes the same reads of the same database. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Agent, request, type IncomingMessage } from "node:http";
import { tables } from "@sightline/all-in-one/compose";
import type { System } from "../support/system.ts";
import { median, times, type Figure } from "./figure.ts";
import { cpuMs } from "./usage.ts";

const blocks = 6;
const requestsPerBlock = 500;
const budget = 1.5;

export async function measureApiCpu(system: System): Promise<readonly Figure[]> {
  const { database } = JSON.parse(readFileSync(system.file("ports.json"), "utf8")) as {
    database: number;
  };
  const { body } = await system.call("/v1/streams/camera-1");
  const path = `/v1/streams/${String(body.id)}`;
  const servers = await Promise.all(["bare", "api"].map((mode) => startServer(mode, database)));
  const [bare, api] = servers;
  if (!bare || !api) throw new Error("unreachable");
  try {
    const taken = { bare: [] as number[], api: [] as number[] };
    for (let block = 0; block < blocks; block += 1)
      for (const name of ["bare", "api"] as const) {
        const used = await cpuOf(name === "bare" ? bare : api, path, system.ready.admin.token);
        // The first of each warms up.
        if (block > 0) taken[name].push(used);
      }
    const ratio = median(taken.api) / median(taken.bare);
    return [
      {
        what: "API CPU of `GET /v1/streams/{id}`",
        measured: `${median(taken.api).toFixed(2)} ms a request`,
        beside: `${median(taken.bare).toFixed(2)} ms bare node:http with the same four reads`,
        ratio: times(ratio),
        budget: `≤ ${budget}×`,
        met: ratio <= budget,
      },
    ];
  } finally {
    for (const { child } of servers) {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
    }
  }
}

async function startServer(mode: string, database: number) {
  const program = fileURLToPath(new URL("api-server.mjs", import.meta.url));
  const child = fork(program, [mode, tables.state, tables.telemetry], {
    execArgv: [],
    env: {
      ...process.env,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${database}`,
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    },
  });
  const [port] = (await once(child, "message")) as [number];
  return { child, port };
}

/** CPU of the server for one request, in ms, over a block of them one after the other. */
async function cpuOf(
  { child, port }: Awaited<ReturnType<typeof startServer>>,
  path: string,
  token: string,
): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const before = cpuMs(child.pid ?? 0);
  for (let sent = 0; sent < requestsPerBlock; sent += 1) {
    const outgoing = request({
      port,
      path,
      agent,
      host: "127.0.0.1",
      headers: { authorization: `Bearer ${token}` },
    }).end();
    const [answer] = (await once(outgoing, "response")) as [IncomingMessage];
    if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode}`);
    await once(answer.resume(), "end");
  }
  agent.destroy();
  return (cpuMs(child.pid ?? 0) - before) / requestsPerBlock;
}
