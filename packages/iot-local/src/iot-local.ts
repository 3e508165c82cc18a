/**
 * A stand-in for AWS IoT Core on one machine: MQTT 3.1.1 over mutual TLS, registry, policies, shadows, presence, rules.
 * What it covers and what it refuses is in the README of this package.
 */
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Realm } from "./arn.ts";
import { Broker } from "./broker.ts";
import { CertificateAuthority } from "./certificate-authority.ts";
import type { KeyedCertificate } from "./certificate-file.ts";
import { MessageFlow } from "./message-flow.ts";
import { MqttListener } from "./mqtt-listener.ts";
import { certificatePeer, plainPeer } from "./peer.ts";
import { PlainListener } from "./plain-listener.ts";
import type { LimitName } from "./limits.ts";
import { Presence } from "./presence.ts";
import { Refusals } from "./refusals.ts";
import { Registry } from "./registry.ts";
import { createRestApp, startRestServer } from "./rest-server.ts";
import type { Credentials } from "./rest-signature.ts";
import { RetainedMessages } from "./retained-messages.ts";
import { type Log, type Rule, RuleRunner } from "./rule-runner.ts";
import { Sessions } from "./sessions.ts";
import { ShadowGate } from "./shadow-gate.ts";
import { Shadows } from "./shadows.ts";
import { Store } from "./store.ts";
import { Wills } from "./wills.ts";

export interface IotLocalOptions {
  /** Durable state lives here, 0700. One process at a time. */
  folder: string;
  /** Address that the MQTT listener binds, e.g. "127.0.0.1" or "0.0.0.0". */
  host: string;
  /** 0 means a free port. */
  mqttPort: number;
  /** 0, the default, means a free port. Always on 127.0.0.1. */
  restPort?: number;
  /** DNS names and IP addresses that the server certificate names; the first one is in DescribeEndpoint. */
  serverNames: string[];
  region: string;
  accountId: string;
  credentials: Credentials;
  rules: Rule[];
  log: Log;
  nowMs?: () => number;
  /**
   * For benches and simulated fleets: a second MQTT listener without TLS and certificates. Whoever connects is the registered
   * thing that its client id names, under this policy. Loopback addresses only; port 0 means a free one.
   */
  plainListener?: { readonly host: string; readonly port: number; readonly policyName: string };
  /** Of a device; default: a year. */
  deviceCertificateLifeMs?: number;
}

export interface IotLocal {
  mqttPort: number;
  /** Of `plainListener`. */
  plainPort?: number;
  restUrl: string;
  /** `fingerprint256` is the SHA-256 of the DER, hex, lower case. */
  ca: { certificatePem: string; fingerprint256: string };
  /** Chain of leaf and authority, for an HTTPS server of this machine. */
  issueServerCertificate(names: string[]): Promise<KeyedCertificate>;
  /** How often each limit refused something since the start. */
  refusals(): Readonly<Partial<Record<LimitName, number>>>;
  /** Resolves within 2 s, connected clients or not. */
  close(): Promise<void>;
}

const clockIntervalMs = 60_000;
const ruleGraceMs = 1_000;

/** @throws Error when a rule cannot be parsed, or another process uses the folder. */
export async function startIotLocal(options: IotLocalOptions): Promise<IotLocal> {
  const store = await Store.open(options.folder);
  try {
    return await start(options, store);
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function start(options: IotLocalOptions, store: Store): Promise<IotLocal> {
  const parts = await openParts(options, store);
  const { authority, broker, presence, flow, rules } = parts;
  const listener = await MqttListener.open({
    folder: options.folder,
    host: options.host,
    port: options.mqttPort,
    serverNames: options.serverNames,
    authority,
    nowMs: parts.nowMs,
    onConnection: (socket) => broker.accept(certificatePeer(socket, parts.registry)),
  });
  const closeListener = (error: unknown): never => {
    listener.close();
    throw error;
  };
  const plain = await openPlain(options, parts).catch(closeListener);
  const rest = await startRest(options, { ...parts, listener }).catch((error: unknown) => {
    plain?.close();
    return closeListener(error);
  });
  presence.start((error) => options.log("error", `presence: ${String(error)}`));
  const clock = startClock(options.log, [
    async () => {
      for (const part of [parts.sessions, broker, parts.gate, parts.refusals]) part.sweep();
    },
    () => listener.renew(),
  ]);
  // After the caller has what this function returns: handlers may use it.
  setImmediate(() => rules.begin());
  let closing: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    clearInterval(clock);
    presence.stop();
    listener.close();
    plain?.close();
    rest.close();
    rest.closeAllConnections();
    await broker.close();
    listener.destroy();
    plain?.destroy();
    await flow.settled();
    await rules.close(ruleGraceMs);
    await store.close();
  };
  return {
    mqttPort: listener.port,
    ...(plain ? { plainPort: plain.port } : {}),
    restUrl: `http://127.0.0.1:${(rest.address() as AddressInfo).port}`,
    ca: { certificatePem: authority.certificatePem, fingerprint256: authority.fingerprint256 },
    refusals: () => parts.refusals.counts,
    issueServerCertificate: (names) => authority.issueServer(names),
    close: () => (closing ??= close()),
  };
}

interface Parts {
  readonly nowMs: () => number;
  readonly realm: Realm;
  readonly authority: CertificateAuthority;
  readonly registry: Registry;
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly rules: RuleRunner;
  readonly flow: MessageFlow;
  readonly shadows: Shadows;
  readonly gate: ShadowGate;
  readonly refusals: Refusals;
  readonly presence: Presence;
  readonly broker: Broker;
}

async function openParts(options: IotLocalOptions, store: Store): Promise<Parts> {
  const { log, folder, region, accountId } = options;
  const nowMs = options.nowMs ?? Date.now;
  const realm = { region, accountId };
  const rules = new RuleRunner(options.rules, { store, log, nowMs });
  const authority = await CertificateAuthority.open(folder, nowMs);
  const registry = await Registry.open(store);
  const sessions = await Sessions.open({ store, log, nowMs });
  const retained = await RetainedMessages.open(store, nowMs);
  const wills = await Wills.open(store);
  const lastSequence = Math.max(sessions.lastSequence, await rules.replay());
  const flow = new MessageFlow({ store, sessions, retained, rules }, lastSequence);
  const refusals = new Refusals({ log, nowMs });
  const gate = new ShadowGate({ refusals, nowMs });
  const shadows = new Shadows({ store, registry, flow, gate, nowMs });
  const presence = await Presence.open(store, { flow, wills, nowMs });
  const broker = new Broker({
    registry,
    realm,
    sessions,
    retained,
    wills,
    flow,
    shadows,
    presence,
    refusals,
    nowMs,
    log,
  });
  await broker.start();
  return {
    nowMs,
    realm,
    authority,
    registry,
    sessions,
    retained,
    rules,
    flow,
    shadows,
    gate,
    refusals,
    presence,
    broker,
  };
}

async function openPlain(
  { plainListener: door }: IotLocalOptions,
  { broker, registry }: Parts,
): Promise<PlainListener | undefined> {
  if (!door) return undefined;
  return PlainListener.open({
    host: door.host,
    port: door.port,
    onConnection: (socket) => broker.accept(plainPeer(socket, registry, door.policyName)),
  });
}

function startRest(
  options: IotLocalOptions,
  parts: Parts & { listener: MqttListener },
): Promise<Server> {
  const app = createRestApp({
    ...parts,
    credentials: options.credentials,
    certificateLifeMs: options.deviceCertificateLifeMs ?? 365 * 86_400_000,
    onInactive: (certificateId) => parts.broker.disconnectCertificate(certificateId),
    endpoint: () => `${options.serverNames[0] ?? options.host}:${parts.listener.port}`,
    log: options.log,
  });
  return startRestServer(app, options.restPort ?? 0);
}

/** The one timer of this package's own, so that an idle broker stays idle. */
function startClock(log: Log, work: readonly (() => Promise<void>)[]): NodeJS.Timeout {
  return setInterval(() => {
    for (const one of work)
      one().catch((error: unknown) => log("error", `the minute's work: ${String(error)}`));
  }, clockIntervalMs).unref();
}
