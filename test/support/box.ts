/** A box of a test: a device, the keys it made, its certificate, and its MQTT connection; without an agent, so that the test decides. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import type { CommandMessage } from "@sightline/contracts/commands";
import { manifestText, type DeviceReport } from "@sightline/contracts/device-report";
import type { EnrolmentAnswer } from "@sightline/contracts/enrolment";
import { thingName, type Installation } from "@sightline/contracts/ids";
import { makeSealingKeyPair, type SealingKeyPair } from "@sightline/contracts/sealed";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import { noError, type StreamReport } from "@sightline/contracts/stream-report";
import { shadowTopics, topics, type TopicFamily } from "@sightline/contracts/topics";
import { makeCsr } from "@sightline/edge-agent/enrolment/csr";
import mqtt from "mqtt";
import type { Answer, Api } from "./api.ts";
import { freshName, installation as testInstallation } from "./names.ts";
import { waitFor } from "./wait-for.ts";
import { deviceReport, noFacts } from "./device-report.ts";

export interface BoxOptions {
  readonly name?: string;
  /** A fresh one when absent. */
  readonly site?: number;
  readonly enrolled?: boolean;
  readonly token?: string;
  /** That of `startCloud` when absent. */
  readonly installation?: Installation;
}

export interface ConnectOptions {
  readonly identity?: EnrolmentAnswer | undefined;
  readonly key?: KeyObject;
  /** Connects again by itself, with a session that the broker keeps. */
  readonly persistent?: boolean;
}

export interface BoxKeys {
  readonly key: KeyObject;
  readonly csr: string;
  readonly sealing: SealingKeyPair;
}

export async function makeKeys(commonName = "box"): Promise<BoxKeys> {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    key: privateKey,
    csr: makeCsr(privateKey, commonName),
    sealing: await makeSealingKeyPair(),
  };
}

export interface Received {
  readonly topic: string;
  readonly payload: Record<string, unknown>;
}

const rejected = "/update/rejected";

export class Box {
  readonly device: string;
  readonly name: string;
  readonly site: number;
  readonly thing: string;
  keys: BoxKeys;
  /** Absent until it has enrolled. */
  identity: EnrolmentAnswer | undefined;
  readonly received: Received[] = [];
  /** What was said last, by the shadow's topics. */
  readonly #updates = new Map<string, string>();
  /** Ids of commands that a test has been given. */
  readonly #taken = new Set<string>();
  readonly #cloud: Pick<Api, "call" | "letPass">;
  readonly #token: string;
  readonly #installation: Installation;
  #client: mqtt.MqttClient | undefined;

  private constructor(
    cloud: Pick<Api, "call" | "letPass">,
    of: Pick<Box, "device" | "name" | "site" | "keys"> & {
      readonly token: string;
      readonly installation: Installation;
    },
  ) {
    this.#cloud = cloud;
    this.#token = of.token;
    this.device = of.device;
    this.name = of.name;
    this.site = of.site;
    this.#installation = of.installation;
    this.thing = thingName(of.installation, of.device);
    this.keys = of.keys;
  }

  static async make(cloud: Api, options: BoxOptions): Promise<Box> {
    const { name = freshName("box"), enrolled = true, token = cloud.token } = options;
    const { installation = testInstallation } = options;
    const site = options.site ?? (await cloud.addSite(token));
    const { body } = await cloud.call("/v1/devices", { body: { name, site }, token });
    const { id: device } = body as { id: string };
    const box = new Box(cloud, { device, name, site, keys: await makeKeys(), token, installation });
    if (enrolled) box.identity = (await box.enrol(await box.newToken())).body as EnrolmentAnswer;
    return box;
  }

  /** Another box with the same identity, as from a copied disk; whoever makes it disconnects it. */
  clone(): Box {
    const [token, installation] = [this.#token, this.#installation];
    const { device, name, site, keys } = this;
    const twin = new Box(this.#cloud, { device, name, site, keys, token, installation });
    twin.identity = this.identity;
    return twin;
  }

  async newToken(): Promise<string> {
    const route = `/v1/devices/${this.device}/enrolments`;
    const { body } = await this.#cloud.call(route, { method: "POST", token: this.#token });
    return (body as { token: string }).token;
  }

  enrol(token: string, { csr, sealing } = this.keys): Promise<Answer> {
    const body = { token, csr, sealingKey: sealing.publicKey };
    return this.#cloud.call("/v1/enrolments", { body, token: "" });
  }

  /** Connects and listens to its commands and shadows. @throws Error when the connection is refused. */
  async connect({
    identity = this.identity,
    key = this.keys.key,
    persistent = false,
  }: ConnectOptions = {}): Promise<mqtt.MqttClient> {
    if (!identity) throw new TypeError("the box has not enrolled");
    // One CONNECT a second is taken of a client id.
    this.#cloud.letPass?.(1_000);
    const client = mqtt.connect(`mqtts://127.0.0.1:${identity.mqtt.port}`, {
      protocolVersion: 4,
      clientId: this.thing,
      ca: identity.caPem,
      cert: identity.certificatePem,
      key: key.export({ type: "pkcs8", format: "pem" }),
      clean: !persistent,
      reconnectPeriod: persistent ? 1_100 : 0,
      connectTimeout: 5_000,
    });
    // What a kept session has waiting comes right behind the CONNACK.
    client.on("message", (topic, bytes) => {
      const payload = JSON.parse(bytes.toString()) as Record<string, unknown>;
      if (topic.endsWith(rejected)) this.#rejected(topic, payload);
      else this.received.push({ topic, payload });
    });
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("the connection was refused")));
    });
    client.on("error", () => undefined);
    await client.subscribeAsync(topics.filter("cmd", this.#installation, this.thing), { qos: 1 });
    const shadows = shadowTopics.stem(this.thing, "+");
    await client.subscribeAsync([`${shadows}/update/delta`, `${shadows}${rejected}`], { qos: 1 });
    this.#client = client;
    return client;
  }

  async disconnect(): Promise<void> {
    await this.#client?.endAsync(true);
    this.#client = undefined;
  }

  /** Connects, says hello, and waits until the cloud calls it online. */
  async comeOnline(options: ConnectOptions = {}): Promise<this> {
    await this.connect(options);
    await this.sayHello();
    await waitFor(
      "the box is online and greeted",
      async () => {
        const { body } = await this.#cloud.call(`/v1/devices/${this.device}`, {
          token: this.#token,
        });
        return body.online && body.bootId === "boot-1";
      },
      { timeoutMs: 5_000, pollMs: 20 },
    );
    return this;
  }

  sayHello(): Promise<void> {
    return this.publish("evt", "hello", {
      v: 1,
      bootId: "boot-1",
      versions: { agent: "0.1.0", pipeline: "", backend: "" },
      manifestHash: manifestText({}),
      facts: noFacts,
      atMs: Date.now(),
    });
  }

  async publish(family: Exclude<TopicFamily, "cmd">, leaf: string, payload: object): Promise<void> {
    const topic = topics.build({ family, ...this.#installation, thing: this.thing, leaf });
    await this.#client?.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
  }

  ack(id: string, state: string, more: object = {}): Promise<void> {
    return this.publish("ack", id, { v: 1, id, state, atMs: Date.now(), ...more });
  }

  /** Says what it has of a stream: running, with everything applied, unless `some` says otherwise. */
  async report(stream: string, revision: number, some: Partial<StreamReport> = {}): Promise<void> {
    const reported: StreamReport = {
      v: 1,
      revision,
      state: "running",
      sinceAtMs: Date.now(),
      error: noError,
      applied: { url: "", settings: { "decoder.dropFrameInterval": 0 } },
      output: { rtspUrl: "" },
      video: { width: 640, height: 360 },
      atMs: Date.now(),
      ...some,
    };
    await this.#updateShadow(streamShadow(stream), reported);
  }

  /** Says which streams it has; null for one that it no longer has. */
  reportManifest(manifest: Readonly<Record<string, number | null>>): Promise<void> {
    return this.#updateShadow(deviceShadow, deviceReport(manifest));
  }

  /** Says of itself what `some` says, and of streams nothing new. */
  reportOwn(some: Partial<DeviceReport>): Promise<void> {
    return this.#updateShadow(deviceShadow, deviceReport({}, some));
  }

  async #updateShadow(shadow: string, reported: object): Promise<void> {
    const stem = shadowTopics.stem(this.thing, shadow);
    const payload = JSON.stringify({ state: { reported } });
    this.#updates.set(stem, payload);
    await this.#client?.publishAsync(`${stem}/update`, payload, { qos: 1 });
  }

  /** A thing takes 20 requests a second, the cloud's among them; what is one too many is said again a second later. */
  #rejected(topic: string, { code }: Readonly<Record<string, unknown>>): void {
    const stem = topic.slice(0, -rejected.length);
    const update = this.#updates.get(stem);
    if (code !== 429 || update === undefined) return;
    this.#cloud.letPass?.(1_000);
    this.#client?.publish(`${stem}/update`, update, { qos: 1 });
  }

  /** The next command that comes, or has come; one that comes twice is given once, as an agent takes it. */
  nextCommand(kind?: string): Promise<CommandMessage> {
    return waitFor(
      kind === undefined ? "a command" : `a command ${kind}`,
      () => {
        const commands = this.received
          .filter(({ topic }) => topic.startsWith("cmd/"))
          .map(({ payload }) => payload as CommandMessage);
        const next = commands.find(
          (command) => !this.#taken.has(command.id) && command.kind === (kind ?? command.kind),
        );
        if (next) this.#taken.add(next.id);
        return next;
      },
      { timeoutMs: 5_000, pollMs: 10 },
    );
  }
}
