/** One client's connection: who it is, what it may do, and why it ended. */
import type { Client } from "aedes";
import { arnOf, type Realm } from "./arn.ts";
import { type LimitName, limits } from "./limits.ts";
import { OutboundWindow } from "./outbound-window.ts";
import type { Peer } from "./peer.ts";
import { type Policy, type PolicyAction, policyAllows, type PolicySubject } from "./policy.ts";
import type { DisconnectReason } from "./presence.ts";
import type { Refusals } from "./refusals.ts";
import type { Registry } from "./registry.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Ends a connection; the reason is what its presence event says. */
export class Refusal extends Error {
  readonly reason: DisconnectReason;
  /** [MQTT 3.1.1, table 3.1] Read by aedes when CONNECT is refused. */
  readonly returnCode: number;
  /** The limit that was passed. */
  readonly limit: LimitName | undefined;

  constructor(
    reason: DisconnectReason,
    message: string,
    details: { readonly returnCode?: number; readonly limit?: LimitName } = {},
  ) {
    super(message);
    this.name = "Refusal";
    this.reason = reason;
    this.returnCode = details.returnCode ?? 5;
    this.limit = details.limit;
  }
}

export interface ConnectionDeps {
  readonly registry: Registry;
  readonly realm: Realm;
  readonly refusals: Refusals;
  readonly nowMs: () => number;
}

export class Connection {
  readonly client: Client;
  readonly peer: Peer;
  readonly ended: Promise<void>;
  /** What it is subscribed to. */
  readonly filters = new Set<string>();
  readonly outbound: OutboundWindow;
  /** True from the connected event until the connection ended. */
  announced = false;
  over = false;
  reason: DisconnectReason | undefined;
  /** The topic of the will and whether it is retained, from CONNECT. */
  will: { readonly topic: string; readonly retain: boolean; readonly qos: number } | undefined;
  readonly #deps: ConnectionDeps;
  readonly #publishes: TokenBucket;
  #end: () => void = () => undefined;
  #rights: { generation: number; policies: Policy[]; subject: PolicySubject } | undefined;

  constructor(client: Client, peer: Peer, deps: ConnectionDeps) {
    this.client = client;
    this.peer = peer;
    this.#deps = deps;
    this.#publishes = new TokenBucket(limits.publishesPerSecond.value, deps.nowMs());
    this.outbound = new OutboundWindow(() =>
      deps.refusals.count("sessionQueue", this.clientId, "a message that waited was dropped"),
    );
    this.ended = new Promise((resolve) => (this.#end = resolve));
  }

  get clientId(): string {
    return this.client.id;
  }

  may(action: PolicyAction, kind: "client" | "topic" | "topicfilter", name: string): boolean {
    const { policies, subject } = this.#currentRights();
    return policyAllows(policies, subject, {
      action,
      resource: arnOf(this.#deps.realm, kind, name),
    });
  }

  mayPublish(topic: string, retain: boolean): boolean {
    if (!this.may("iot:Publish", "topic", topic)) return false;
    return !retain || this.may("iot:RetainPublish", "topic", topic);
  }

  /** @returns false when this publish is one too many in a second. */
  takePublish(): boolean {
    if (this.#publishes.take(this.#deps.nowMs())) return true;
    this.#deps.refusals.count("publishesPerSecond", this.clientId, "a publish was dropped");
    return false;
  }

  maySubscribe(filter: string): boolean {
    return !this.over && this.may("iot:Subscribe", "topicfilter", filter);
  }

  /** @returns false when this filter is one too many. */
  addFilter(filter: string): boolean {
    const max = limits.subscriptionsPerConnection.value;
    if (!this.filters.has(filter) && this.filters.size >= max) {
      this.#deps.refusals.count(
        "subscriptionsPerConnection",
        this.clientId,
        "a subscription was refused",
      );
      return false;
    }
    this.filters.add(filter);
    return true;
  }

  /** Ends the connection for a reason of ours. */
  close(reason: DisconnectReason): void {
    this.reason ??= reason;
    this.client.close();
    this.peer.socket.destroy();
  }

  /** @returns false when it was over already. */
  finish(): boolean {
    if (this.over) return false;
    this.over = true;
    this.outbound.close();
    this.#end();
    return true;
  }

  #currentRights(): { policies: Policy[]; subject: PolicySubject } {
    const { registry } = this.#deps;
    if (this.#rights?.generation === registry.generation) return this.#rights;
    const { clientId, peer } = this;
    const { commonName } = peer;
    this.#rights = {
      generation: registry.generation,
      policies: peer.policies(),
      subject: {
        clientId,
        ...(peer.isThing(clientId) ? { thingName: clientId } : {}),
        ...(commonName === undefined ? {} : { commonName }),
      },
    };
    return this.#rights;
  }
}
