/** One iot-local for a test file: temporary folder, free ports, fresh keys, SDK clients, and devices with certificates. */
import { randomBytes, randomUUID, webcrypto } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  IoTClient,
} from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import mqtt from "mqtt";
import { type IotLocal, type IotLocalOptions, startIotLocal } from "../src/iot-local.ts";

process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";

export const realm = { region: "local", accountId: "000000000000" };

export interface Device {
  readonly thingName: string;
  readonly certificateId: string;
  readonly certificateArn: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

export const freshName = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

export function freshCredentials(): { accessKeyId: string; secretAccessKey: string } {
  return {
    accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64url"),
  };
}

export class RunningIot {
  readonly folder: string;
  readonly options: IotLocalOptions;
  readonly logged: string[] = [];
  local!: IotLocal;
  iot!: IoTClient;
  plane!: IoTDataPlaneClient;
  readonly #clients: mqtt.MqttClient[] = [];

  private constructor(folder: string, options: Partial<IotLocalOptions>) {
    this.folder = folder;
    this.options = {
      folder,
      host: "127.0.0.1",
      mqttPort: 0,
      serverNames: ["127.0.0.1", "localhost"],
      ...realm,
      credentials: freshCredentials(),
      rules: [],
      log: (level, text) => void this.logged.push(`${level} ${text}`),
      ...options,
    };
  }

  static async start(options: Partial<IotLocalOptions> = {}): Promise<RunningIot> {
    const folder = await mkdtemp(join(tmpdir(), "iot-local-"));
    const running = new RunningIot(folder, options);
    await running.open();
    return running;
  }

  async open(): Promise<void> {
    this.local = await startIotLocal(this.options);
    const { restUrl } = this.local;
    const config = { endpoint: restUrl, region: "local", credentials: this.options.credentials };
    this.iot = new IoTClient({ ...config, maxAttempts: 1 });
    this.plane = new IoTDataPlaneClient({ ...config, maxAttempts: 1 });
  }

  /** Stops and starts again on the same folder, with the same MQTT port. */
  async restart(): Promise<void> {
    const { mqttPort } = this.local;
    await this.local.close();
    this.options.mqttPort = mqttPort;
    await this.open();
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
    this.iot.destroy();
    this.plane.destroy();
    await this.local.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A thing with a certificate and a policy; by default it may do everything under its own name. */
  async device(
    statements: object[] = openStatements,
    thingName = freshName("thing"),
  ): Promise<Device> {
    return createDevice(this.iot, { thingName, statements });
  }

  /** Connects with mqtt.js; closed with this object. */
  async connect(device: Device, options: mqtt.IClientOptions = {}): Promise<mqtt.MqttClient> {
    const client = mqtt.connect(this.#url(), this.#clientOptions(device, options));
    this.#clients.push(client);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed while connecting")));
    });
    client.on("error", () => undefined);
    return client;
  }

  #url(): string {
    return `mqtts://127.0.0.1:${this.local.mqttPort}`;
  }

  #clientOptions(device: Device, options: mqtt.IClientOptions): mqtt.IClientOptions {
    return {
      protocolVersion: 4,
      clientId: device.thingName,
      cert: device.certificatePem,
      key: device.keyPem,
      ca: this.local.ca.certificatePem,
      reconnectPeriod: 0,
      connectTimeout: 5_000,
      ...options,
    };
  }
}

const all = "arn:aws:iot:local:000000000000";

/** Everything, for tests that are not about rights. */
export const openStatements = [
  {
    Effect: "Allow",
    Action: "iot:*",
    Resource: [`${all}:client/*`, `${all}:topic/*`, `${all}:topicfilter/*`],
  },
];

export async function createDevice(
  iot: IoTClient,
  options: { thingName: string; statements: object[] },
): Promise<Device> {
  const { thingName, statements } = options;
  const { csrPem, keyPem } = await createRequest(thingName);
  const certificate = await iot.send(
    new CreateCertificateFromCsrCommand({ certificateSigningRequest: csrPem, setAsActive: true }),
  );
  const { certificateArn = "", certificateId = "", certificatePem = "" } = certificate;
  await iot.send(new CreateThingCommand({ thingName }));
  const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
  await iot.send(new CreatePolicyCommand({ policyName: thingName, policyDocument }));
  await iot.send(new AttachPolicyCommand({ policyName: thingName, target: certificateArn }));
  await iot.send(new AttachThingPrincipalCommand({ thingName, principal: certificateArn }));
  return { thingName, certificateId, certificateArn, certificatePem, keyPem };
}

export async function createRequest(
  commonName: string,
): Promise<{ csrPem: string; keyPem: string }> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const request = await x509.Pkcs10CertificateRequestGenerator.create({
    name: `CN=${commonName}`,
    keys,
    signingAlgorithm: algorithm,
  });
  const raw = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", keys.privateKey));
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${raw.toString("base64")}\n-----END PRIVATE KEY-----\n`;
  return { csrPem: request.toString("pem"), keyPem };
}

/** Waits until `look` gives something, and says what it last saw when it does not. */
export async function waitFor<Seen>(
  look: () => Seen | undefined | false,
  { timeoutMs = 5_000, what = "the condition" } = {},
): Promise<Seen> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > until) throw new Error(`${what} did not come in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Collects what a client receives. */
export class Inbox {
  readonly messages: { topic: string; text: string; packet: mqtt.IPublishPacket }[] = [];

  constructor(client: mqtt.MqttClient) {
    client.on("message", (topic, payload, packet) =>
      this.messages.push({ topic, text: payload.toString(), packet }),
    );
  }

  async next(topic: string): Promise<Record<string, unknown>> {
    const at = await waitFor(
      () => {
        const found = this.messages.findIndex((message) => message.topic === topic);
        return found >= 0 ? { found } : undefined;
      },
      { what: `a message on ${topic} (seen: ${this.messages.map((one) => one.topic).join(", ")})` },
    );
    const [message] = this.messages.splice(at.found, 1);
    return JSON.parse(message?.text ?? "null") as Record<string, unknown>;
  }
}
