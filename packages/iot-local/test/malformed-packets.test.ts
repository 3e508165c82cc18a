/** What is no MQTT, from a peer with a good certificate: its connection ends, and nobody else notices. */
import { createHash } from "node:crypto";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Device } from "./fleet.ts";
import { RunningIot } from "./running-iot.ts";

let running: RunningIot;
let device: Device;
let bystander: MqttClient;
let ended = 0;
/** Says nothing more. */
let halfConnect: Promise<void>;

beforeAll(async () => {
  running = await RunningIot.start();
  device = await running.fleet.device();
  bystander = await running.fleet.connect(await running.fleet.device());
  bystander.on("close", () => (ended += 1));
  await bystander.subscribeAsync("still/here", { qos: 1 });
  halfConnect = (await speak(connectPacket().subarray(0, 9))).closed;
});
afterAll(() => running.close());

const bytes = (...parts: readonly (number | string | Uint8Array)[]): Buffer =>
  Buffer.concat(
    parts.map((part) => (typeof part === "number" ? Buffer.from([part]) : Buffer.from(part))),
  );
const text = (value: string | Uint8Array): Buffer => {
  const content = Buffer.from(value);
  return bytes(content.length >> 8, content.length & 255, content);
};
/** Contents of less than 128 bytes. */
const packet = (header: number, ...parts: readonly (number | string | Uint8Array)[]): Buffer => {
  const content = bytes(...parts);
  return bytes(header, content.length, content);
};

interface Connect {
  readonly protocol?: string;
  readonly level?: number;
  readonly flags?: number;
  readonly id?: string | Uint8Array;
}
const connectPacket = (change: Connect = {}): Buffer => {
  const { protocol = "MQTT", level = 4, flags = 2, id = device.thingName } = change;
  return packet(0x10, text(protocol), level, flags, 0, 60, text(id));
};
const publish = packet(0x30, text("a/b"), "x");
const absurd = [0xff, 0xff, 0xff, 0x7f] as const;

/** Speaks without waiting for answers; `closed` resolves when the broker has ended the connection. */
async function speak(...said: readonly Uint8Array[]): Promise<{
  readonly socket: TLSSocket;
  readonly closed: Promise<void>;
}> {
  // One CONNECT a second of a client id.
  await running.at.pass(1_000);
  const socket = connectTls({
    host: "127.0.0.1",
    port: running.local.mqttPort,
    ca: running.local.ca.certificatePem,
    cert: device.certificatePem,
    key: device.keyPem,
  });
  socket.on("error", () => undefined);
  socket.resume();
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    socket.once("secureConnect", resolve);
    socket.once("close", () => reject(new Error("closed during the handshake")));
  });
  for (const part of said) socket.write(part);
  return { socket, closed };
}

async function expectOthersUnharmed(): Promise<void> {
  const heard = new Promise((resolve) => bystander.once("message", resolve));
  await bystander.publishAsync("still/here", "x", { qos: 1 });
  await heard;
  expect(ended).toBe(0);
}

const malformed: readonly [string, () => readonly Uint8Array[]][] = [
  ["an HTTP request", () => [bytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n")]],
  ["zeros", () => [Buffer.alloc(64)]],
  ["a PUBLISH before CONNECT", () => [publish]],
  ["a SUBSCRIBE before CONNECT", () => [packet(0x82, 0, 1, text("a"), 0)]],
  ["a PINGREQ before CONNECT", () => [packet(0xc0)]],
  ["a DISCONNECT before CONNECT", () => [packet(0xe0)]],
  ["CONNECT twice", () => [connectPacket(), connectPacket()]],
  ["CONNECT of another protocol", () => [connectPacket({ protocol: "MQTTX" })]],
  ["CONNECT of a level that is none", () => [connectPacket({ level: 99 })]],
  ["CONNECT with the reserved flag", () => [connectPacket({ flags: 3 })]],
  ["CONNECT with a will's QoS of 3", () => [connectPacket({ flags: 0x1e })]],
  ["CONNECT without the user that its flags promise", () => [connectPacket({ flags: 0x82 })]],
  ["CONNECT with an id that is no UTF-8", () => [connectPacket({ id: Buffer.from([0xff, 0xfe]) })]],
  ["CONNECT that ends in its id", () => [bytes(0x10, 13, text("MQTT"), 4, 2, 0, 60, 0, 40, "x")]],
  ["a CONNECT of 256 MB", () => [bytes(0x10, ...absurd, text("MQTT"))]],
  ["a length of five bytes", () => [bytes(0x10, 0xff, 0xff, 0xff, 0xff, 0x01)]],
  ["a PUBLISH of 256 MB", () => [connectPacket(), bytes(0x30, ...absurd, text("a"), "x")]],
  ["a PUBLISH with QoS 3", () => [connectPacket(), packet(0x36, text("a"), 0, 1, "x")]],
  ["a PUBLISH to a wildcard", () => [connectPacket(), packet(0x30, text("a/#"), "x")]],
  ["a PUBLISH to no topic", () => [connectPacket(), packet(0x30, text(""), "x")]],
  ["a PUBLISH to a topic with NUL", () => [connectPacket(), packet(0x30, text("a\u0000"), "x")]],
  [
    "a PUBLISH to a topic that is no UTF-8",
    () => [connectPacket(), packet(0x30, text(Buffer.from([0xc3, 0x28])), "x")],
  ],
  ["a PUBLISH shorter than its topic", () => [connectPacket(), bytes(0x30, 4, 0, 40, "xx")]],
  ["a PUBLISH with QoS 1 and no id", () => [connectPacket(), packet(0x32, text("a"))]],
  ["a SUBSCRIBE without filters", () => [connectPacket(), packet(0x82, 0, 1)]],
  ["a SUBSCRIBE with wrong flags", () => [connectPacket(), packet(0x80, 0, 1, text("a"), 0)]],
  ["a SUBSCRIBE with QoS 3", () => [connectPacket(), packet(0x82, 0, 1, text("a"), 3)]],
  ["a SUBSCRIBE cut in its filter", () => [connectPacket(), packet(0x82, 0, 1, 0, 40, "a")]],
  ["an UNSUBSCRIBE without filters", () => [connectPacket(), packet(0xa2, 0, 1)]],
  ["a PUBACK without an id", () => [connectPacket(), packet(0x40)]],
  ["a CONNACK to the broker", () => [connectPacket(), packet(0x20, 0, 0)]],
  ["a packet of type 0", () => [connectPacket(), packet(0x00, 1)]],
  ["a packet of type 15", () => [connectPacket(), packet(0xf0, 1)]],
];

test.each(malformed)("%s ends its connection and no other", async (_name, said) => {
  const { closed } = await speak(...said());
  await closed;
  await expectOthersUnharmed();
});

/** The same bytes in every run. */
const noise = (seed: number): Buffer =>
  Buffer.concat(
    Array.from({ length: 8 }, (_, block) =>
      createHash("sha256").update(`${seed}/${block}`).digest(),
    ),
  ).subarray(0, 1 + ((seed * 37) % 256));

test("bytes of any kind, whole or cut off, leave the broker up and its clients connected", async () => {
  const whole = [...malformed.flatMap(([, said]) => [...said()]), connectPacket(), publish];
  for (let seed = 0; seed < 60; seed += 1) {
    const one = whole[seed % whole.length] ?? publish;
    const cut = one.subarray(0, 1 + (seed % one.length));
    const first = seed % 3 === 0 ? [] : [connectPacket()];
    const { socket, closed } = await speak(...first, seed % 2 === 0 ? noise(seed) : cut);
    // Half a packet may be waited for; its sender goes in the middle of it.
    if (seed % 4 < 2) socket.end();
    else socket.destroy();
    await closed;
  }
  await expectOthersUnharmed();
  expect(running.logged.filter((line) => line.startsWith("error"))).toEqual([]);
});

test("who shakes hands and says half a CONNECT is not waited for longer than ten seconds", async () => {
  await halfConnect;
  await expectOthersUnharmed();
});
