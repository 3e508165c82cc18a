/** iot-local in a process of its own, for tests that kill it. Prints one line of JSON when it is up. */
import { appendFileSync } from "node:fs";
import { type IotLocalOptions, startIotLocal } from "../src/iot-local.ts";

const { eventsFile, clockFactor, ...options } = JSON.parse(
  process.argv[2] ?? "{}",
) as IotLocalOptions & {
  eventsFile: string;
  clockFactor: number;
};
const startedAtMs = Date.now();
const local = await startIotLocal({
  ...options,
  rules: [
    {
      name: "record",
      sql: "SELECT *, topic() AS topic FROM '#'",
      handle: async (event) => appendFileSync(eventsFile, `${JSON.stringify(event)}\n`),
    },
    {
      name: "presence",
      sql: "SELECT * FROM '$aws/events/presence/#'",
      handle: async (event) => appendFileSync(eventsFile, `${JSON.stringify(event)}\n`),
    },
  ],
  log: () => undefined,
  nowMs: () => startedAtMs + (Date.now() - startedAtMs) * clockFactor,
});
process.stdout.write(
  `${JSON.stringify({ restUrl: local.restUrl, mqttPort: local.mqttPort, caPem: local.ca.certificatePem })}\n`,
);
