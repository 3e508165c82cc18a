/** The least cloud that an agent can live with: AWS IoT's stand-in, enrolment over HTTPS, and shadows written by the test. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  AttachPolicyCommand,
  AttachThingPrincipalCommand,
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreateThingCommand,
  IoTClient,
} from "@aws-sdk/client-iot";
import {
  DeleteThingShadowCommand,
  GetThingShadowCommand,
  IoTDataPlaneClient,
  PublishCommand,
  UpdateThingShadowCommand,
} from "@aws-sdk/client-iot-data-plane";
import type { CommandAck, CommandMessage } from "@sightline/contracts/commands";
import { devicePolicy, devicePolicyName } from "@sightline/contracts/device-policy";
import type { DeviceReport, HealthReport, Hello } from "@sightline/contracts/device-report";
import {
  EnrolmentRequest,
  enrolmentToken,
  type EnrolmentAnswer,
} from "@sightline/contracts/enrolment";
import { thingName } from "@sightline/contracts/ids";
import { deviceRules } from "@sightline/contracts/rules";
import type { PipelineWanted, StreamDesired } from "@sightline/contracts/desired-state";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import type { StreamReport } from "@sightline/contracts/stream-report";
import { shadowTopics, topics } from "@sightline/contracts/topics";
import { startIotLocal, type IotLocal, type IotLocalOptions } from "@sightline/iot-local/iot-local";
import { waitFor } from "./wait-for.ts";

export const installation = { app: "sightline", stage: "test" };
const realm = { region: "local", accountId: "000000000000" };

/** Lower-case ULID alphabet. */
export const freshId = (prefix: string): string =>
  `${prefix}_${[...randomBytes(26)].map((byte) => "0123456789abcdefghjkmnpqrstvwxyz"[byte % 32]).join("")}`;

export const streamDesired = (change: Partial<StreamDesired> = {}): StreamDesired => ({
  v: 1,
  id: freshId("str"),
  revision: 1,
  localName: `cam-${randomBytes(3).toString("hex")}`,
  enabled: true,
  source: { url: "rtsp://127.0.0.1:1/none", transport: "tcp", credentials: "" },
  settings: {},
  ...change,
});

/** As the cloud takes it in: null is what has gone. */
const withoutNulls = (reported: unknown): unknown =>
  JSON.parse(JSON.stringify(reported), (_, value: unknown) => value ?? undefined);

/** A shadow keeps no object of which all has gone. */
const whole = (report: StreamReport | undefined): StreamReport | undefined =>
  report && { ...report, applied: { ...report.applied, settings: report.applied.settings ?? {} } };

export class TestCloud {
  readonly device = freshId("dev");
  readonly thing = thingName(installation, this.device);
  readonly acks: CommandAck[] = [];
  readonly hellos: Hello[] = [];
  readonly health: HealthReport[] = [];
  /** Every reported state that was accepted, oldest first. */
  readonly reports: { shadow: string; reported: unknown }[] = [];
  /** Every enrolment request that came. */
  readonly requests: EnrolmentRequest[] = [];
  sealingKey = "";
  /** Ends this many enrolment requests without an answer, after the certificate was made. */
  answersToLose = 0;
  readonly #folder: string;
  readonly #options: IotLocalOptions;
  #iot!: IotLocal;
  #control!: IoTClient;
  #plane!: IoTDataPlaneClient;
  #server: Server | undefined;
  #answers = new Map<string, EnrolmentAnswer>();
  readonly #placed = new Map<string, StreamDesired>();

  private constructor(folder: string) {
    this.#folder = folder;
    const credentials = {
      accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
      secretAccessKey: randomBytes(30).toString("base64url"),
    };
    this.#options = {
      folder,
      host: "127.0.0.1",
      mqttPort: 0,
      serverNames: ["127.0.0.1", "localhost"],
      ...realm,
      credentials,
      log: () => undefined,
      rules: deviceRules(installation).map((rule) => ({
        ...rule,
        handle: async (event) => this.#hear(rule.name, event),
      })),
    };
  }

  static async start(): Promise<TestCloud> {
    const cloud = new TestCloud(await mkdtemp(join(tmpdir(), "agent-cloud-")));
    await cloud.open();
    const { ca } = cloud.#iot;
    const server = await cloud.#iot.issueServerCertificate(["127.0.0.1", "localhost"]);
    cloud.#server = createServer(
      { cert: server.certificatePem, key: server.keyPem },
      (request, response) => {
        void cloud.#enrol(request).then((answer) => {
          if (answer === "lost") request.socket.destroy();
          else
            response
              .writeHead(answer ? 201 : 403, { "Content-Type": "application/json" })
              .end(
                JSON.stringify(
                  answer ?? { code: "enrolment.invalid", title: "no", detail: "the token is used" },
                ),
              );
        });
      },
    );
    await new Promise<void>((resolve) => cloud.#server?.listen(0, "127.0.0.1", resolve));
    cloud.caFingerprint = ca.fingerprint256;
    return cloud;
  }

  caFingerprint = "";

  get url(): string {
    const address = this.#server?.address() as AddressInfo | undefined;
    return `https://127.0.0.1:${address?.port}`;
  }

  token(fingerprint = this.caFingerprint): string {
    return enrolmentToken.build(freshId("enr"), randomBytes(32).toString("base64url"), fingerprint);
  }

  /** Starts the broker, on the port it had. */
  async open(): Promise<void> {
    this.#iot = await startIotLocal(this.#options);
    this.#options.mqttPort = this.#iot.mqttPort;
    const config = {
      endpoint: this.#iot.restUrl,
      region: realm.region,
      credentials: this.#options.credentials,
    };
    this.#control = new IoTClient(config);
    this.#plane = new IoTDataPlaneClient(config);
  }

  /** Ends the broker; what it holds stays. */
  async shut(): Promise<void> {
    this.#control.destroy();
    this.#plane.destroy();
    await this.#iot.close();
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections();
    this.#server?.close();
    await this.shut();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** As the product does it: the stream's shadow first, the manifest last. */
  async place(...streams: readonly StreamDesired[]): Promise<void> {
    for (const desired of streams) {
      this.#placed.set(desired.id, desired);
      await this.writeShadow(streamShadow(desired.id), desired);
    }
    const manifest = Object.fromEntries(streams.map(({ id, revision }) => [id, revision]));
    await this.writeShadow(deviceShadow, { v: 1, manifest });
  }

  /** What the device should be besides its streams; a setting that is null leaves it. */
  async wish(change: {
    readonly revision: number;
    readonly pipeline?: PipelineWanted;
    readonly settings?: Readonly<Record<string, unknown>>;
  }): Promise<void> {
    const wish = { pipeline: "running", settings: {}, ...change };
    await this.writeShadow(deviceShadow, { v: 1, manifest: {}, wish });
  }

  async removeAll(): Promise<void> {
    for (const desired of this.#placed.values()) await this.remove(desired);
  }

  async remove({ id }: StreamDesired): Promise<void> {
    this.#placed.delete(id);
    await this.writeShadow(deviceShadow, { v: 1, manifest: { [id]: null } });
    await this.#plane.send(
      new DeleteThingShadowCommand({ thingName: this.thing, shadowName: streamShadow(id) }),
    );
  }

  async writeShadow(shadowName: string, desired: object): Promise<void> {
    const payload = Buffer.from(JSON.stringify({ state: { desired } }));
    await this.#plane.send(
      new UpdateThingShadowCommand({ thingName: this.thing, shadowName, payload }),
    );
  }

  /** The reported half of a shadow; undefined when there is none. */
  async reported<T>(shadowName: string): Promise<T | undefined> {
    try {
      const { payload } = await this.#plane.send(
        new GetThingShadowCommand({ thingName: this.thing, shadowName }),
      );
      const { state } = JSON.parse(Buffer.from(payload ?? []).toString()) as {
        state: { reported?: T };
      };
      return state.reported;
    } catch {
      return undefined;
    }
  }

  /** The last one of the stream as it was sent: in the shadow what is gone stays beside what came. */
  lastReport({ id }: StreamDesired): StreamReport | undefined {
    return this.reports.findLast(({ shadow }) => shadow === streamShadow(id))?.reported as
      | StreamReport
      | undefined;
  }

  async streamReport(
    { id }: StreamDesired,
    is: (report: StreamReport) => boolean,
    timeoutMs = 20_000,
  ): Promise<StreamReport> {
    let last: StreamReport | undefined;
    return waitFor(
      async () => {
        last = whole(await this.reported<StreamReport>(streamShadow(id)));
        return last && is(last) ? last : undefined;
      },
      () => `a report of ${id} (last: ${JSON.stringify(last)})`,
      timeoutMs,
    );
  }

  async deviceReport(
    is: (report: DeviceReport) => boolean,
    timeoutMs = 20_000,
  ): Promise<DeviceReport> {
    let last: DeviceReport | undefined;
    return waitFor(
      async () => {
        last = await this.reported<DeviceReport>(deviceShadow);
        return last && is(last) ? last : undefined;
      },
      () => `a device report (last: ${JSON.stringify(last)})`,
      timeoutMs,
    );
  }

  command(
    kind: string,
    args: Record<string, unknown>,
    change: Partial<CommandMessage> = {},
  ): CommandMessage {
    const issuedAtMs = Date.now();
    return {
      v: 1,
      id: freshId("cmd"),
      kind,
      args,
      issuedAtMs,
      expiresAtMs: issuedAtMs + 30_000,
      ttlMs: 30_000,
      requestId: `req-${randomBytes(4).toString("hex")}`,
      ...change,
    };
  }

  async send(command: CommandMessage): Promise<void> {
    const topic = topics.build({
      family: "cmd",
      ...installation,
      thing: this.thing,
      leaf: command.id,
    });
    await this.#plane.send(
      new PublishCommand({ topic, qos: 1, payload: Buffer.from(JSON.stringify(command)) }),
    );
  }

  acksOf(id: string): CommandAck[] {
    return this.acks.filter((ack) => ack.id === id);
  }

  /** The last word on a command. */
  ending(id: string, timeoutMs = 15_000): Promise<CommandAck> {
    return waitFor(
      () => this.acksOf(id).find(({ state }) => state !== "acknowledged"),
      () => `the end of ${id} (acks: ${JSON.stringify(this.acksOf(id))})`,
      timeoutMs,
    );
  }

  #hear(rule: string, event: Record<string, unknown>): void {
    const topic = String(event["topic"]);
    if (rule === "acks") this.acks.push(event as unknown as CommandAck);
    else if (rule === "health") this.health.push(event as unknown as HealthReport);
    else if (rule === "events") this.hellos.push(event as unknown as Hello);
    else if (rule === "reports")
      this.reports.push({
        shadow: shadowTopics.parse(topic)?.shadow ?? "",
        reported: withoutNulls((event["state"] as { reported: unknown }).reported),
      });
  }

  async #enrol(request: IncomingMessage): Promise<EnrolmentAnswer | "lost" | undefined> {
    let text = "";
    for await (const part of request) text += String(part);
    const wanted = EnrolmentRequest.parse(JSON.parse(text));
    const usedWith = this.requests.find(({ token }) => token === wanted.token);
    this.requests.push(wanted);
    if (usedWith && usedWith.csr !== wanted.csr) return undefined;
    const answer = this.#answers.get(wanted.csr) ?? (await this.#issue(wanted));
    this.#answers.set(wanted.csr, answer);
    this.answersToLose -= 1;
    return this.answersToLose >= 0 ? "lost" : answer;
  }

  async #issue({ csr, sealingKey }: EnrolmentRequest): Promise<EnrolmentAnswer> {
    this.sealingKey = sealingKey;
    const { certificateArn, certificatePem } = await this.#control.send(
      new CreateCertificateFromCsrCommand({ certificateSigningRequest: csr, setAsActive: true }),
    );
    const policyName = devicePolicyName(installation);
    const policyDocument = devicePolicy({ ...installation, ...realm, partition: "aws" });
    await this.#control.send(new CreateThingCommand({ thingName: this.thing }));
    await this.#control
      .send(new CreatePolicyCommand({ policyName, policyDocument }))
      .catch(() => undefined);
    await this.#control.send(new AttachPolicyCommand({ policyName, target: certificateArn }));
    await this.#control.send(
      new AttachThingPrincipalCommand({ thingName: this.thing, principal: certificateArn }),
    );
    return {
      ...installation,
      organization: "org",
      device: { id: this.device, name: "box" },
      thing: this.thing,
      certificatePem: certificatePem ?? "",
      caPem: this.#iot.ca.certificatePem,
      mqtt: { host: "127.0.0.1", port: this.#iot.mqttPort },
    };
  }
}
