/** What loading each function's bundle costs, as Lambda's runtime does it once per instance. Not a cold start: that adds AWS's own part. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { root } from "../support/system.ts";
import { median, ms, times, type Figure } from "./figure.ts";

const runs = 11;
const folder = path.join(root, "dist/functions");
/** The functions of people's requests, and those of what devices say. */
const groups = [
  { what: "module init, requests", names: ["http", "enrol"], kbMax: 650, msMax: 60 },
  {
    what: "module init, device path",
    names: ["device-events", "shadow-sync", "sweep"],
    kbMax: 480,
    msMax: 50,
  },
] as const;

/** Read and checked when the module loads; nothing is called. */
const environment = {
  AWS_REGION: "local",
  AWS_ACCESS_KEY_ID: "AKIABENCH",
  AWS_SECRET_ACCESS_KEY: "bench",
  SIGHTLINE_APP: "sightline",
  SIGHTLINE_STAGE: "bench",
  SIGHTLINE_VERSION: "0.0.0",
  SIGHTLINE_STATE_TABLE: "state",
  SIGHTLINE_TELEMETRY_TABLE: "telemetry",
  SIGHTLINE_VAULT_KEY: Buffer.alloc(32).toString("base64"),
  SIGHTLINE_BLOBS_BUCKET: "sightline-bench-blobs",
  SIGHTLINE_BLOBS_ENDPOINT: "http://127.0.0.1:9",
  SIGHTLINE_CA_FINGERPRINT: "0".repeat(64),
  SIGHTLINE_MQTT_HOST: "127.0.0.1",
  SIGHTLINE_MQTT_PORT: "8883",
  SIGHTLINE_MQTT_CA: "-----BEGIN CERTIFICATE-----\n",
  SIGHTLINE_DEVICE_POLICY: "policy",
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
};

const script =
  "const t = performance.now(); require(process.argv[1]); console.log(performance.now() - t); process.exit(0)";

export function measureModuleInit(): Promise<readonly Figure[]> {
  const bundleOf = (name: string): string => path.join(folder, name, "index.cjs");
  const names = groups.flatMap((group) => [...group.names]);
  const taken = new Map<string, number[]>(names.map((name) => [name, []]));
  const sdk: number[] = [];
  // In turns, so that whatever else the machine does hits all of them.
  for (let run = 0; run < runs; run += 1) {
    sdk.push(load(path.join(root, "dist/bench/sdk-alone.cjs")));
    for (const name of names) taken.get(name)?.push(load(bundleOf(name)));
  }
  const figures = groups.map((group): Figure => {
    const loaded = group.names.map((name) => ({
      name,
      ms: median(taken.get(name) ?? []),
      kb: statSync(bundleOf(name)).size / 1000,
    }));
    const slowest = Math.max(...loaded.map((one) => one.ms));
    return {
      what: group.what,
      measured: loaded
        .map((one) => `\`${one.name}\` ${ms(one.ms)} (${one.kb.toFixed(0)} KB)`)
        .join(", "),
      beside: `${ms(median(sdk))} the DynamoDB client alone`,
      ratio: times(slowest / median(sdk)),
      budget: `≤ ${group.msMax} ms, ${group.kbMax} KB`,
      met: loaded.every((one) => one.ms <= group.msMax && one.kb <= group.kbMax),
    };
  });
  return Promise.resolve(figures);
}

const load = (file: string): number =>
  Number(execFileSync(process.execPath, ["-e", script, file], { env: environment }).toString());
