/** iot-local in this process: a temporary folder, free ports, fresh keys, and SDK clients that find it by environment. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { type IotLocal, type IotLocalOptions, startIotLocal } from "../src/iot-local.ts";
import { Fleet, type IotUnderTest } from "./fleet.ts";

export const realm = { region: "local", accountId: "000000000000" };
export const arn = `arn:aws:iot:${realm.region}:${realm.accountId}`;

export function freshCredentials(): { accessKeyId: string; secretAccessKey: string } {
  return {
    accessKeyId: `AKIA${randomBytes(8).toString("hex").toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString("base64url"),
  };
}

export class RunningIot {
  readonly options: IotLocalOptions;
  readonly logged: string[] = [];
  local!: IotLocal;
  fleet!: Fleet;
  #passedMs = 0;

  private constructor(options: IotLocalOptions) {
    const { nowMs = Date.now } = options;
    this.options = {
      ...options,
      log: (level, text) => void this.logged.push(`${level} ${text}`),
      nowMs: () => nowMs() + this.#passedMs,
    };
  }

  static async start(options: Partial<IotLocalOptions> = {}): Promise<RunningIot> {
    const running = new RunningIot({
      folder: await mkdtemp(join(tmpdir(), "iot-local-")),
      host: "127.0.0.1",
      mqttPort: 0,
      serverNames: ["127.0.0.1", "localhost"],
      ...realm,
      credentials: freshCredentials(),
      rules: [],
      log: () => undefined,
      ...options,
    });
    try {
      await running.#open();
    } catch (error) {
      await rm(running.options.folder, { recursive: true, force: true });
      throw error;
    }
    return running;
  }

  get at(): IotUnderTest {
    return this.fleet.at;
  }

  /** Stops, and starts on the same folder and MQTT port. Devices made before stay valid. */
  async restart(): Promise<void> {
    await this.fleet.disconnect();
    this.options.mqttPort = this.local.mqttPort;
    await this.local.close();
    await this.#open();
  }

  async close(): Promise<void> {
    await this.fleet.disconnect();
    await this.local.close();
    await rm(this.options.folder, { recursive: true, force: true });
  }

  async #open(): Promise<void> {
    this.local = await startIotLocal(this.options);
    const clients = clientsOf(this.local.restUrl, this.options.credentials);
    this.fleet = new Fleet({
      ...clients,
      mqttHost: "127.0.0.1",
      mqttPort: this.local.mqttPort,
      caPem: this.local.ca.certificatePem,
      arn,
      pass: async (ms) => void (this.#passedMs += ms),
      close: () => this.close(),
    });
  }
}

/** As the product does it: no endpoint in code, only in the environment. */
export function clientsOf(
  restUrl: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): { iot: IoTClient; plane: IoTDataPlaneClient } {
  process.env["AWS_ENDPOINT_URL_IOT"] = restUrl;
  process.env["AWS_ENDPOINT_URL_IOT_DATA_PLANE"] = restUrl;
  const config = { region: realm.region, credentials, maxAttempts: 1 };
  return { iot: new IoTClient(config), plane: new IoTDataPlaneClient(config) };
}
