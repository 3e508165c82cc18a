/** What a client does not acknowledge holds back what comes after it, and nothing is lost. */
import { PublishCommand } from "@aws-sdk/client-iot-data-plane";
import type mqtt from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import { limits } from "../src/limits.ts";
import { type Device, freshName } from "./fleet.ts";
import { RunningIot } from "./running-iot.ts";
import { waitFor } from "./wait-for.ts";

const max = limits.unacknowledged.value;
let running: RunningIot;
beforeAll(async () => void (running = await RunningIot.start()));
afterAll(() => running.close());

interface Packet {
  readonly cmd: string;
}

/** A client that receives and keeps its acknowledgements to itself until it is told otherwise. */
class SilentClient {
  readonly received: string[] = [];
  readonly #kept: (() => void)[] = [];
  #client!: mqtt.MqttClient;
  #silent = true;

  static async connect(device: Device, clean: boolean): Promise<SilentClient> {
    const silent = new SilentClient();
    silent.#client = await running.fleet.connect(device, { clean }, function (_topic, payload) {
      silent.received.push(payload.toString());
    });
    const inside = silent.#client as unknown as {
      _sendPacket: (packet: Packet, ...rest: unknown[]) => void;
    };
    const send = inside._sendPacket.bind(inside);
    inside._sendPacket = (packet, ...rest) => {
      if (packet.cmd !== "puback" || !silent.#silent) {
        send(packet, ...rest);
        return;
      }
      silent.#kept.push(() => send(packet));
      (rest[0] as (() => void) | undefined)?.();
    };
    return silent;
  }

  async subscribe(topic: string): Promise<void> {
    await this.#client.subscribeAsync(topic, { qos: 1 });
  }

  acknowledge(count = this.#kept.length): void {
    for (const send of this.#kept.splice(0, count)) send();
  }

  acknowledgeAll(): void {
    this.#silent = false;
    this.acknowledge();
  }

  /** Everything that was sent before has arrived when this has. */
  async barrier(): Promise<void> {
    await this.#client.publishAsync("barrier", "", { qos: 1 });
  }

  async end(): Promise<void> {
    await this.#client.endAsync(true);
  }
}

const numbers = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));

async function publish(topic: string, payloads: readonly string[]): Promise<void> {
  for (const payload of payloads)
    await running.at.plane.send(new PublishCommand({ topic, payload, qos: 1 }));
}

test("sends 100 messages that are not acknowledged, the others one by one as it is", async () => {
  const client = await SilentClient.connect(await running.fleet.device(), true);
  const topic = `${freshName("t")}/x`;
  await client.subscribe(topic);
  await publish(topic, numbers(max + 20));
  await client.barrier();
  expect(client.received).toEqual(numbers(max));
  client.acknowledge(5);
  await waitFor(() => client.received.length >= max + 5);
  await client.barrier();
  expect(client.received).toEqual(numbers(max + 5));
  client.acknowledgeAll();
  await waitFor(() => client.received.length >= max + 20);
  expect(client.received).toEqual(numbers(max + 20));
});

test("gives a session what it had waiting no faster, and what is new after it", async () => {
  const device = await running.fleet.device();
  const topic = `${freshName("t")}/x`;
  const before = await SilentClient.connect(device, false);
  await before.subscribe(topic);
  await before.end();
  const all = numbers(max + 30);
  await publish(topic, all.slice(0, -5));
  const client = await SilentClient.connect(device, false);
  await waitFor(() => client.received.length >= max);
  await publish(topic, all.slice(-5));
  await client.barrier();
  // mqtt.js hears of the first ones before it can be silenced.
  expect(client.received.length).toBeLessThan(max + 25);
  client.acknowledgeAll();
  await waitFor(() => client.received.length >= all.length);
  await client.barrier();
  expect(client.received).toEqual(all);
});

test("does not hold back what is sent with QoS 0", async () => {
  const client = await SilentClient.connect(await running.fleet.device(), true);
  const topic = `${freshName("t")}/x`;
  await client.subscribe(topic);
  await publish(topic, numbers(max + 1));
  await running.at.plane.send(new PublishCommand({ topic, payload: "fast", qos: 0 }));
  await waitFor(() => client.received.includes("fast"));
  expect(client.received).toHaveLength(max + 1);
});
