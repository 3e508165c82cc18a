/**
 * A whole cloud for one test file: dynoxide in memory, iot-local in a temporary folder, and on them the ports, the API with
 * enrolment, and the handlers of what devices say, put together as on one machine. Ready in less than a second; ids are fresh.
 */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { IoTClient } from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { ensureDevicePolicy } from "@sightline/all-in-one/policy";
import { createFolderBlobs, type FolderBlobs } from "@sightline/blobs/folder-blobs";
import { devicePolicyName } from "@sightline/contracts/device-policy";
import { limits } from "@sightline/contracts/limits";
import { deviceRules } from "@sightline/contracts/rules";
import { createAuthenticator, principalOfUser } from "@sightline/core/access/authenticate";
import type { Scope } from "@sightline/core/access/principal";
import { everywhere } from "@sightline/core/access/reach";
import { createSessionTokens } from "@sightline/core/session/session-tokens";
import { issueToken } from "@sightline/core/token/token-operations";
import { createAesVault } from "@sightline/core/adapters/aes-vault";
import { createSignals } from "@sightline/core/adapters/emitter-signals";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import type { User } from "@sightline/core/user/user";
import { takeEvent } from "@sightline/functions/device-events/device-events";
import { takeCertificateEvent } from "@sightline/functions/enrol/certificate";
import { enrolRoutes } from "@sightline/functions/enrol/app";
import { createApp } from "@sightline/functions/http/app";
import type { HttpDeps } from "@sightline/functions/shared/call";
import { createLog } from "@sightline/functions/shared/log";
import { mountRoutes } from "@sightline/functions/shared/mount";
import { startIotLocal, type IotLocal } from "@sightline/iot-local/iot-local";
import { createGateway } from "@sightline/iot/gateway";
import { ShadowPace } from "@sightline/iot/pace";
import { createRegistry } from "@sightline/iot/registry";
import { startDynoxide } from "@sightline/store/dynoxide";
import { createStore } from "@sightline/store/store";
import { ensureTables } from "@sightline/store/tables";
import type { Answer, Api, Call } from "./api.ts";
import { Box, type BoxOptions } from "./box.ts";
import { createClock, type MovableClock } from "./clock.ts";
import { freshName, installation, tables } from "./names.ts";
import { quickHash } from "./password.ts";

const region = "local";
const accountId = "000000000000";
const toolchain = "../../packages/toolchain/bundle.mjs";

export interface CloudDeps extends HttpDeps, EnrolDeps {
  readonly blobs: FolderBlobs;
  readonly clock: MovableClock;
}

export class Cloud implements Api {
  readonly deps: CloudDeps;
  readonly iotLocal: IotLocal;
  readonly dynamo: DynamoDBClient;
  readonly iot: IoTClient;
  readonly plane: IoTDataPlaneClient;
  /** Lines of the log of API and handlers. */
  readonly logged: string[];
  /** For functions in processes of their own. */
  readonly environment: Readonly<Record<string, string>>;
  readonly #app: ReturnType<typeof createApp>;
  readonly #close: () => Promise<void>;
  readonly #boxes: Box[] = [];
  /** Of the organization that tests use when they need one. */
  organization = "";
  token = "";

  constructor(
    parts: Pick<Cloud, "deps" | "iotLocal" | "dynamo" | "iot" | "plane" | "logged" | "environment">,
    close: () => Promise<void>,
  ) {
    this.deps = parts.deps;
    this.iotLocal = parts.iotLocal;
    this.dynamo = parts.dynamo;
    this.iot = parts.iot;
    this.plane = parts.plane;
    this.logged = parts.logged;
    this.environment = parts.environment;
    this.#app = createApp(this.deps);
    mountRoutes(this.#app, this.deps, enrolRoutes);
    this.#close = close;
  }

  /** An organization with an admin, whose number is 1, and a token of theirs that may do everything. */
  async addOrganization(): Promise<{ readonly organization: string; readonly token: string }> {
    const organization = this.deps.ids.next("organization");
    await this.deps.store.organizations.create({
      ...{ id: organization, name: "test", loginPrefix: `${organization}/` },
      ...{ loginBlockMs: limits.loginBlockMs, revision: 1 },
      createdAtMs: this.deps.clock.nowMs(),
    });
    await this.addUser({ organization, accessLevel: "admin" });
    return { organization, token: await this.addToken(["*"], organization) };
  }

  /** Without a password nobody logs in as them. */
  async addUser(some: Partial<User> & { readonly password?: string } = {}): Promise<User> {
    const { password, ...given } = some;
    const { store, clock } = this.deps;
    const organization = given.organization ?? this.organization;
    const { loginPrefix = "" } = (await store.organizations.get(organization)) ?? {};
    const nowMs = clock.nowMs();
    const user: User = {
      ...{ organization, id: await store.organizations.count(organization, "user") },
      ...{ login: freshName("user"), fullName: "", email: "", phone: "", locale: "", note: "" },
      ...{ accessLevel: "generic" as const, sites: {}, disabled: false, readonly: false },
      passwordHash: password === undefined ? "none" : quickHash(password),
      ...{ maxSessions: 0, credentialVersion: 1, revision: 1 },
      ...{ createdAtMs: nowMs, updatedAtMs: nowMs },
      ...given,
    };
    if (!(await store.users.create(user, `${loginPrefix}${user.login}`)))
      throw new Error(`the login ${user.login} is taken`);
    return user;
  }

  /** With a device: bound to it. Of the organization's admin unless another user is named. */
  async addToken(
    scopes: readonly Scope[],
    organization = this.organization,
    { user = 1, ...bound }: { user?: number; site?: number; device?: string } = {},
  ): Promise<string> {
    const owner = await this.deps.store.users.get(organization, user);
    if (!owner) throw new Error(`there is no user ${user} of ${organization}`);
    const principal = principalOfUser(owner);
    const actor = { organization, name: owner.login, requestId: "test", reach: everywhere };
    const name = `token-${scopes.join("-")}`;
    return (await issueToken(this.deps, { principal, actor }, { name, scopes, ...bound })).text;
  }

  /** One request to the API, within this process. */
  async call(
    route: string,
    { method, body, token = this.token, headers }: Call = {},
  ): Promise<Answer> {
    const response = await this.#app.request(route, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString("latin1");
    const isJson = /json/.test(response.headers.get("content-type") ?? "");
    const parsed: unknown = isJson && text !== "" ? JSON.parse(bytes.toString("utf8")) : bytes;
    return { status: response.status, headers: response.headers, text, body: parsed };
  }

  /** The same for requests of any kind. */
  fetch(request: Request): Promise<Response> {
    return Promise.resolve(this.#app.request(request));
  }

  letPass(ms: number): void {
    this.deps.clock.advance(ms);
  }

  /** A site with a fresh name. */
  async addSite(token = this.token): Promise<number> {
    const { body } = await this.call("/v1/sites", { body: { name: freshName("site") }, token });
    return (body as { id: number }).id;
  }

  /** A device at a site of its own, with an enrolled box unless `enrolled: false`. */
  async addBox(options: BoxOptions = {}): Promise<Box> {
    const box = await Box.make(this, options);
    this.#boxes.push(box);
    return box;
  }

  async close(): Promise<void> {
    await Promise.all(this.#boxes.map((box) => box.disconnect()));
    await this.#close();
  }
}

export async function startCloud(): Promise<Cloud> {
  const folder = await mkdtemp(path.join(tmpdir(), "sightline-cloud-"));
  const credentials = { accessKeyId: "AKIATEST", secretAccessKey: randomBytes(20).toString("hex") };
  const logged: string[] = [];
  const clock = createClock();
  const log = createLog((line) => void logged.push(line), clock.nowMs);
  let deps: CloudDeps | undefined;
  const [database, iotLocal] = await Promise.all([
    startDynoxide({ log: () => undefined }),
    startIotLocal({
      folder: path.join(folder, "gateway"),
      host: "127.0.0.1",
      mqttPort: 0,
      serverNames: ["127.0.0.1"],
      region,
      accountId,
      credentials,
      rules: deviceRules(installation).map((rule) => ({
        ...rule,
        handle: async (event) => {
          const take = { "device-events": takeEvent, enrol: takeCertificateEvent }[rule.target];
          if (deps) await take(deps, event);
        },
      })),
      log: (level, text) => log(level, text, { part: "gateway" }),
      nowMs: clock.nowMs,
    }),
  ]);
  const aws = { region, credentials, maxAttempts: 1 };
  const dynamo = new DynamoDBClient({ ...aws, endpoint: database.url });
  const iot = new IoTClient({ ...aws, endpoint: iotLocal.restUrl });
  const plane = new IoTDataPlaneClient({ ...aws, endpoint: iotLocal.restUrl });
  await Promise.all([
    ensureTables(dynamo, tables),
    ensureDevicePolicy(iot, { ...installation, region, accountId, partition: "aws" }),
  ]);
  const vaultKey = randomBytes(32);
  const { copyDocuments } = (await import(toolchain)) as {
    copyDocuments: (folder: string) => void;
  };
  copyDocuments(path.join(folder, "docs"));
  deps = compose({ folder, clock, log, dynamo, iot, plane, iotLocal, vaultKey });
  const environment = environmentOf({ databaseUrl: database.url, iotLocal, credentials, vaultKey });
  const cloud = new Cloud({ deps, iotLocal, dynamo, iot, plane, logged, environment }, async () => {
    await iotLocal.close();
    for (const client of [dynamo, iot, plane]) client.destroy();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  });
  Object.assign(cloud, await cloud.addOrganization());
  return cloud;
}

function compose(parts: {
  readonly folder: string;
  readonly clock: MovableClock;
  readonly log: HttpDeps["log"];
  readonly dynamo: DynamoDBClient;
  readonly iot: IoTClient;
  readonly plane: IoTDataPlaneClient;
  readonly iotLocal: IotLocal;
  readonly vaultKey: Buffer;
}): CloudDeps {
  const { clock, log, iotLocal } = parts;
  const { certificatePem: caPem, fingerprint256: caFingerprint } = iotLocal.ca;
  const store = createStore({ client: parts.dynamo, tables, nowMs: clock.nowMs });
  // Who has to wait for the next second of the gateway lets it pass.
  const pace = new ShadowPace({ nowMs: clock.nowMs, delay: async (ms) => clock.advance(ms) });
  const gateway = createGateway(parts.plane, pace);
  const policyName = devicePolicyName(installation);
  const sessionTokens = createSessionTokens(parts.vaultKey);
  return {
    installation,
    store,
    gateway,
    registry: createRegistry({ client: parts.iot, plane: parts.plane, gateway, policyName }),
    endpoint: { host: "127.0.0.1", port: iotLocal.mqttPort, caPem },
    caFingerprint,
    clock,
    ids: createRandomIds(clock),
    vault: createAesVault(parts.vaultKey),
    signals: createSignals(),
    blobs: createFolderBlobs({
      folder: path.join(parts.folder, "blobs"),
      baseUrl: "http://127.0.0.1/blobs",
      secret: randomBytes(32),
      nowMs: clock.nowMs,
    }),
    authenticator: createAuthenticator({ store, clock, sessionTokens }),
    sessionTokens,
    log,
    version: "0.0.0-test",
    documents: path.join(parts.folder, "docs"),
  };
}

function environmentOf(of: {
  readonly databaseUrl: string;
  readonly iotLocal: IotLocal;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly vaultKey: Buffer;
}): Record<string, string> {
  const { restUrl, mqttPort, ca } = of.iotLocal;
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: of.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: of.credentials.secretAccessKey,
    AWS_ENDPOINT_URL_DYNAMODB: of.databaseUrl,
    AWS_ENDPOINT_URL_IOT: restUrl,
    AWS_ENDPOINT_URL_IOT_DATA_PLANE: restUrl,
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
    SIGHTLINE_APP: installation.app,
    SIGHTLINE_STAGE: installation.stage,
    SIGHTLINE_VERSION: "0.0.0-test",
    SIGHTLINE_STATE_TABLE: tables.state,
    SIGHTLINE_TELEMETRY_TABLE: tables.telemetry,
    SIGHTLINE_VAULT_KEY: of.vaultKey.toString("base64"),
    SIGHTLINE_BLOBS_BUCKET: "sightline-test-blobs",
    SIGHTLINE_BLOBS_ENDPOINT: "http://127.0.0.1:9",
    SIGHTLINE_CA_FINGERPRINT: ca.fingerprint256,
    SIGHTLINE_MQTT_HOST: "127.0.0.1",
    SIGHTLINE_MQTT_PORT: String(mqttPort),
    SIGHTLINE_MQTT_CA: ca.certificatePem,
    SIGHTLINE_DEVICE_POLICY: devicePolicyName(installation),
  };
}
