/** Devices of a test, on whatever speaks the AWS IoT API; `remove` takes away everything that was made. */
import "reflect-metadata";
import { randomUUID, webcrypto } from "node:crypto";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  DeleteCertificateCommand,
  DeletePolicyCommand,
  DeletePolicyVersionCommand,
  DeleteThingCommand,
  DetachPolicyCommand,
  DetachThingPrincipalCommand,
  ListPolicyVersionsCommand,
  type IoTClient,
  UpdateCertificateCommand,
} from "@aws-sdk/client-iot";
import type { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import * as x509 from "@peculiar/x509";
import { iot as crtIot, mqtt as crtMqtt } from "aws-iot-device-sdk-v2";
import mqtt from "mqtt";

export interface IotUnderTest {
  readonly iot: IoTClient;
  readonly plane: IoTDataPlaneClient;
  readonly mqttHost: string;
  readonly mqttPort: number;
  /** The authority that signed the server; absent for AWS. */
  readonly caPem?: string;
  /** `arn:aws:iot:{region}:{account}` */
  readonly arn: string;
  /** Lets time pass for what is limited by the second: a local clock is moved, AWS is waited for. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

export interface Device {
  readonly thingName: string;
  readonly certificateId: string;
  readonly certificateArn: string;
  readonly certificatePem: string;
  readonly keyPem: string;
}

/** Says in an account of AWS where it comes from. */
export const freshName = (prefix: string): string =>
  `sightline-test-${prefix}-${randomUUID().slice(0, 8)}`;

export class Fleet {
  readonly at: IotUnderTest;
  readonly #devices: Device[] = [];
  readonly #clients: mqtt.MqttClient[] = [];
  readonly #connections: crtMqtt.MqttClientConnection[] = [];
  readonly #attached: { readonly policyName: string; readonly target: string }[] = [];
  readonly #connectedBefore = new Set<string>();

  constructor(at: IotUnderTest) {
    this.at = at;
  }

  /** Everything, for tests that are not about rights. */
  open(): object[] {
    const kinds = ["client", "topic", "topicfilter"];
    const Resource = kinds.map((kind) => `${this.at.arn}:${kind}/*`);
    return [{ Effect: "Allow", Action: "iot:*", Resource }];
  }

  /** A thing with an active certificate and a policy of its own. */
  async device(
    statements: object[] = this.open(),
    thingName = freshName("thing"),
  ): Promise<Device> {
    const { iot } = this.at;
    const { csrPem, keyPem } = await createRequest(thingName);
    const made = await iot.send(
      new CreateCertificateFromCsrCommand({ certificateSigningRequest: csrPem, setAsActive: true }),
    );
    const { certificateArn = "", certificateId = "", certificatePem = "" } = made;
    const device = { thingName, certificateId, certificateArn, certificatePem, keyPem };
    this.#devices.push(device);
    await iot.send(new CreateThingCommand({ thingName }));
    const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement: statements });
    await iot.send(new CreatePolicyCommand({ policyName: thingName, policyDocument }));
    await iot.send(new AttachPolicyCommand({ policyName: thingName, target: certificateArn }));
    await iot.send(new AttachThingPrincipalCommand({ thingName, principal: certificateArn }));
    return device;
  }

  /** Attaches one more policy to a certificate, until `remove`. */
  async attach(policyName: string, target: string): Promise<void> {
    await this.at.iot.send(new AttachPolicyCommand({ policyName, target }));
    this.#attached.push({ policyName, target });
  }

  /**
   * Connects with mqtt.js. `onMessage` hears what a session had waiting, which comes right behind CONNACK.
   * @throws Error when the connection is refused.
   */
  async connect(
    device: Device,
    options: mqtt.IClientOptions = {},
    onMessage?: mqtt.OnMessageCallback,
  ): Promise<mqtt.MqttClient> {
    await this.#mayConnect(options.clientId ?? device.thingName);
    return this.connectAtOnce(device, options, onMessage);
  }

  /** As `connect`, and too often when it is called twice in a second. */
  async connectAtOnce(
    device: Device,
    options: mqtt.IClientOptions = {},
    onMessage?: mqtt.OnMessageCallback,
  ): Promise<mqtt.MqttClient> {
    const client = mqtt.connect(`mqtts://${this.at.mqttHost}:${this.at.mqttPort}`, {
      protocolVersion: 4,
      clientId: device.thingName,
      cert: device.certificatePem,
      key: device.keyPem,
      ...(this.at.caPem === undefined ? {} : { ca: this.at.caPem }),
      reconnectPeriod: 0,
      connectTimeout: 15_000,
      ...options,
    });
    this.#clients.push(client);
    if (onMessage) client.on("message", onMessage);
    await new Promise<void>((resolve, reject) => {
      client.once("connect", () => resolve());
      client.once("error", reject);
      client.once("close", () => reject(new Error("closed while connecting")));
    });
    client.on("error", () => undefined);
    return client;
  }

  /** Connects with the CRT client that devices use. */
  async connectCrt(device: Device): Promise<crtMqtt.MqttClientConnection> {
    await this.#mayConnect(device.thingName);
    const builder = crtIot.AwsIotMqttConnectionConfigBuilder.new_mtls_builder(
      device.certificatePem,
      device.keyPem,
    )
      .with_client_id(device.thingName)
      .with_endpoint(this.at.mqttHost)
      .with_port(this.at.mqttPort);
    if (this.at.caPem !== undefined) builder.with_certificate_authority(this.at.caPem);
    const connection = new crtMqtt.MqttClient().new_connection(builder.build());
    connection.on("error", () => undefined);
    this.#connections.push(connection);
    await connection.connect();
    return connection;
  }

  async disconnect(): Promise<void> {
    await Promise.all(this.#clients.splice(0).map((client) => client.endAsync(true)));
    await Promise.all(
      this.#connections
        .splice(0)
        .map((connection) => connection.disconnect().catch(() => undefined)),
    );
  }

  async #deletePolicy(policyName: string): Promise<void> {
    const { iot } = this.at;
    const { policyVersions = [] } = await iot.send(new ListPolicyVersionsCommand({ policyName }));
    for (const { versionId: policyVersionId, isDefaultVersion } of policyVersions)
      if (!isDefaultVersion)
        await iot.send(new DeletePolicyVersionCommand({ policyName, policyVersionId }));
    await iot.send(new DeletePolicyCommand({ policyName }));
  }

  /** AWS takes one CONNECT a second of one client id. */
  async #mayConnect(clientId: string): Promise<void> {
    if (this.#connectedBefore.has(clientId)) await this.at.pass(1_000);
    this.#connectedBefore.add(clientId);
  }

  /** Not needed where everything is thrown away afterwards. */
  async remove(): Promise<void> {
    await this.disconnect();
    const { iot } = this.at;
    for (const attached of this.#attached.splice(0))
      await iot.send(new DetachPolicyCommand(attached));
    for (const { thingName, certificateId, certificateArn } of this.#devices.splice(0)) {
      await iot.send(new DetachThingPrincipalCommand({ thingName, principal: certificateArn }));
      await iot.send(new DetachPolicyCommand({ policyName: thingName, target: certificateArn }));
      await iot.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
      await iot.send(new DeleteCertificateCommand({ certificateId, forceDelete: true }));
      await this.#deletePolicy(thingName);
      await iot.send(new DeleteThingCommand({ thingName }));
    }
  }
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

/** Resolves when the broker has closed this client's connection. */
export function closed(client: mqtt.MqttClient): Promise<void> {
  if (!client.connected) return Promise.resolve();
  return new Promise((resolve) => client.once("close", () => resolve()));
}
