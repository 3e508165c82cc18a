/** What loading each function's bundle costs, as Lambda's runtime does it once per instance. Not a cold start: that adds AWS's own part. */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { root } from "../support/system.ts";
import { median, ms, type Figure } from "./figure.ts";

const runs = 11;
const folder = path.join(root, "dist/functions");
const budgets: Readonly<Record<string, { readonly kb: number; readonly ms: number }>> = {
  http: { kb: 650, ms: 60 },
  enrol: { kb: 650, ms: 60 },
};
const deviceBudget = { kb: 480, ms: 50 };

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
  const names = readdirSync(folder).toSorted();
  const taken = new Map<string, number[]>(names.map((name) => [name, []]));
  const bare: number[] = [];
  // In turns, so that whatever else the machine does hits all of them.
  for (let run = 0; run < runs; run += 1) {
    bare.push(load(path.join(root, "test/bench/bare-handler.cjs")));
    for (const name of names) taken.get(name)?.push(load(path.join(folder, name, "index.cjs")));
  }
  const figures = names.map((name): Figure => {
    const kb = statSync(path.join(folder, name, "index.cjs")).size / 1000;
    const loadMs = median(taken.get(name) ?? []);
    const budget = budgets[name] ?? deviceBudget;
    return {
      what: `module init of \`${name}\``,
      measured: `${ms(loadMs)}, ${kb.toFixed(0)} KB`,
      beside: `${ms(median(bare))} for an empty handler`,
      ratio: "",
      budget: `≤ ${budget.ms} ms, ${budget.kb} KB`,
      met: loadMs <= budget.ms && kb <= budget.kb,
    };
  });
  return Promise.resolve(figures);
}

const load = (file: string): number =>
  Number(execFileSync(process.execPath, ["-e", script, file], { env: environment }).toString());
