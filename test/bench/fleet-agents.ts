/** Simulated agents, in a process of their own: each connects, listens as an agent does, and reports its health every minute. */
import { topics } from "@sightline/contracts/topics";
import { shadowSubscriptions } from "@sightline/edge-agent/shadow/exchange";
import mqtt, { type MqttClient } from "mqtt";
import { healthReport } from "../support/device-report.ts";
import { eachOf } from "./each-of.ts";
import type { FleetReady } from "./fleet-cloud.ts";
import { pause } from "./usage.ts";

export interface AgentsOutcome {
  readonly published: number;
  /** Reports that the gateway did not acknowledge. */
  readonly unacknowledged: number;
  /** Connections that ended before the end. */
  readonly dropped: number;
  readonly connectedWithinMs: number;
  /** When each thing sent its last report. */
  readonly sent: Readonly<Record<string, number>>;
}

const reportIntervalMs = 60_000;
const counters = ["running", 15, 900, 54_000, 0] as const;
const streams = Object.fromEntries(
  Array.from({ length: 8 }, (_, n) => [`str_${n}`.padEnd(30, "0"), [...counters]]),
);

async function main({ port, things, installation }: FleetReady, rounds: number): Promise<void> {
  const startMs = Date.now();
  const sent: Record<string, number> = {};
  const clients = new Map<string, MqttClient>();
  let [published, unacknowledged, dropped, ending] = [0, 0, 0, false];
  await eachOf(
    things,
    async (thing) => {
      const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${port}`, {
        protocolVersion: 4,
        clientId: thing,
        keepalive: 60,
        reconnectPeriod: 0,
        connectTimeout: 30_000,
      });
      client.on("close", () => (dropped += ending ? 0 : 1));
      client.on("error", () => undefined);
      const filters = [
        ...shadowSubscriptions(thing).map(({ filter }) => filter),
        topics.filter("cmd", installation, thing),
      ];
      await client.subscribeAsync(filters, { qos: 1 });
      clients.set(thing, client);
    },
    64,
  );
  const connectedWithinMs = Date.now() - startMs;
  // Boxes report at their own moment of the minute.
  await eachOf(
    things.map((thing, at) => ({ thing, firstMs: (at * reportIntervalMs) / things.length })),
    async ({ thing, firstMs }) => {
      await pause(firstMs);
      for (let round = 0; round < rounds; round += 1) {
        const nextMs = Date.now() + reportIntervalMs;
        const atMs = Date.now();
        published += 1;
        const topic = topics.build({ family: "health", ...installation, thing, leaf: "report" });
        try {
          const payload = JSON.stringify(
            healthReport({ atMs, streams: streams as ReturnType<typeof healthReport>["streams"] }),
          );
          await clients.get(thing)?.publishAsync(topic, payload, { qos: 1 });
          sent[thing] = atMs;
        } catch {
          unacknowledged += 1;
        }
        if (round < rounds - 1) await pause(nextMs - Date.now());
      }
    },
    things.length,
  );
  process.send?.({
    published,
    unacknowledged,
    dropped,
    connectedWithinMs,
    sent,
  } satisfies AgentsOutcome);
  process.once("disconnect", () => {
    ending = true;
    for (const client of clients.values()) client.end(true);
    process.exit(0);
  });
}

process.once("message", (ready: FleetReady & { readonly rounds: number }) => {
  void main(ready, ready.rounds);
});
