/**
 * The MQTT side: aedes, with our own publishing, sessions and rights put in the places it leaves for them.
 *
 * aedes acknowledges a QoS 1 publish before it is stored. Here `authorizePublish`, which aedes calls before PUBACK,
 * does the whole of the publishing, and aedes' own `publish` does nothing.
 */
import type { EventEmitter } from "node:events";
import { Readable } from "node:stream";
import { Aedes, type Client, type PublishPacket, type Subscription } from "aedes";
import { AedesPersistence } from "./aedes-persistence.ts";
import type { Realm } from "./arn.ts";
import { Connection, Refusal } from "./connection.ts";
import {
  packetRefusal,
  publishRefusal,
  screenLengths,
  screenPackets,
  type PacketParser,
} from "./inbound.ts";
import { limits } from "./limits.ts";
import type { MessageFlow } from "./message-flow.ts";
import type { NumberedMessage } from "./message.ts";
import type { Peer } from "./peer.ts";
import type { DisconnectReason, Presence } from "./presence.ts";
import type { Refusals } from "./refusals.ts";
import type { Registry } from "./registry.ts";
import type { RetainedMessages } from "./retained-messages.ts";
import type { Log } from "./rule-runner.ts";
import { brokerId, type SessionPacket, type Sessions } from "./sessions.ts";
import type { Shadows } from "./shadows.ts";
import { parseShadowRequest } from "./shadow-topic.ts";
import { Rates } from "./token-bucket.ts";
import { filterFault, isText, topicLimit } from "./topic.ts";
import type { Wills } from "./wills.ts";

export interface BrokerDeps {
  readonly registry: Registry;
  readonly realm: Realm;
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly wills: Wills;
  readonly flow: MessageFlow;
  readonly shadows: Shadows;
  readonly presence: Presence;
  readonly refusals: Refusals;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** What we use of aedes beyond its types. */
interface ClientInside {
  readonly _parser: PacketParser;
  readonly _disconnected: boolean;
  readonly subscriptions: Readonly<Record<string, { readonly qos: number } | undefined>>;
  deliverQoS: (packet: OutboundPacket, done: () => void) => void;
  will: unknown;
}

interface OutboundPacket {
  readonly topic: string;
  readonly qos: number;
}

interface BrokerInside {
  readonly mq: { emit(packet: object, done: () => void): void };
  readonly clients: Record<string, Client | undefined>;
  unregisterClient(client: Client): void;
}

/** aedes without its publishing: everything goes through the message flow. */
class QuietAedes extends Aedes {
  override publish(_packet: PublishPacket, ...rest: unknown[]): void {
    const done = rest.find((one) => typeof one === "function") as (() => void) | undefined;
    done?.();
  }
}

export class Broker {
  readonly #deps: BrokerDeps;
  readonly #aedes: QuietAedes;
  readonly #byClient = new WeakMap<Client, Connection>();
  readonly #byId = new Map<string, Connection>();
  readonly #all = new Set<Connection>();
  readonly #connects: Rates;
  /** Whose QoS 1 delivery is under way, while aedes asks whether it may be forwarded. */
  #delivering: Connection | undefined;
  #closing = false;

  constructor(deps: BrokerDeps) {
    this.#deps = deps;
    this.#connects = new Rates(limits.connectsPerSecond.value, deps.nowMs);
    this.#aedes = new QuietAedes({
      id: brokerId,
      // No limit: one subscriber that does not read must not hold up the others.
      concurrency: 0,
      drainTimeout: 30_000,
      connectTimeout: 10_000,
      persistence: new AedesPersistence({
        ...deps,
        maySubscribe: (clientId, filter) => this.#byId.get(clientId)?.filters.has(filter) ?? false,
        passed: (clientId, sequence) => this.#byId.get(clientId)?.outbound.passed(sequence),
        pace: (clientId, packets) => this.#pace(clientId, packets),
      }),
      preConnect: (client, packet, done) => {
        const connection = this.#byClient.get(client);
        if (connection && packet.will) {
          const { topic, qos = 0, retain = false } = packet.will;
          connection.will = { topic, qos, retain };
        }
        done(null, true);
      },
      authenticate: (client, ...rest) => {
        const done = rest[2];
        this.#authenticate(client).then(
          () => done(null, true),
          (error: unknown) => {
            this.#blame(client, reasonOf(error as Error), error as Error);
            done(error as Error & { returnCode: number }, false);
          },
        );
      },
      authorizePublish: (client, packet, done) => {
        this.#publish(client, packet).then(() => done(), done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        done(null, this.#allowed(client, subscription));
      },
      authorizeForward: (client, packet) => {
        const connection = this.#byClient.get(client);
        if (!connection?.may("iot:Receive", "topic", packet.topic)) return null;
        if (this.#delivering === connection) this.#countSent(connection, packet.topic);
        return packet;
      },
    });
    this.#listen();
    deps.flow.emit = (message) => this.#emit(message);
  }

  async start(): Promise<void> {
    await this.#aedes.listen();
  }

  accept(peer: Peer): void {
    const { socket } = peer;
    const fault = peer.fault();
    if (fault !== undefined || this.#closing) {
      if (!this.#closing) this.#deps.log("warn", `refused ${fault}`);
      socket.destroy();
      return;
    }
    const client = this.#aedes.handle(socket);
    const connection = new Connection(client, peer, this.#deps);
    this.#byClient.set(client, connection);
    this.#all.add(connection);
    const inside = client as unknown as ClientInside;
    screenLengths(inside._parser, (refusal) => client.emit("error", refusal));
    screenPackets(inside._parser, (packet) => {
      const refusal = packetRefusal(packet);
      if (refusal) client.emit("error", refusal);
      return !refusal && (packet.cmd !== "publish" || connection.takePublish());
    });
    this.#holdBack(connection);
    socket.once("close", () => this.#finish(connection));
  }

  /** Called by the one clock. */
  sweep(): void {
    this.#connects.sweep();
  }

  /** @returns false when nobody is connected by this id. */
  disconnect(clientId: string, options: { preventWill: boolean }): boolean {
    const connection = this.#byId.get(clientId);
    if (!connection) return false;
    if (options.preventWill) (connection.client as unknown as ClientInside).will = null;
    connection.close("API_INITIATED_DISCONNECT");
    return true;
  }

  /** Closes what this certificate has open. */
  disconnectCertificate(certificateId: string): void {
    for (const connection of this.#all)
      if (connection.peer.principal === certificateId) connection.close("AUTH_ERROR");
  }

  /** Who is connected stays so in the store: the next process reports those who do not come back. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#deps.wills.freeze();
    await new Promise<void>((resolve) => this.#aedes.close(resolve));
    for (const connection of this.#all) connection.peer.socket.destroy();
  }

  #listen(): void {
    (this.#aedes as EventEmitter).on("error", (error) => this.#failed("something", error));
    this.#aedes.on("client", (client) => this.#announce(client));
    this.#aedes.on("clientDisconnect", (client) => {
      const connection = this.#byClient.get(client);
      if (connection) this.#finish(connection);
    });
    this.#aedes.on("unsubscribe", (filters, client) => {
      for (const filter of filters) this.#byClient.get(client)?.filters.delete(filter);
    });
    this.#aedes.on("ack", (_packet, client) => this.#byClient.get(client)?.outbound.acknowledged());
    this.#aedes.on("keepaliveTimeout", (client) => this.#blame(client, "MQTT_KEEP_ALIVE_TIMEOUT"));
    this.#aedes.on("clientError", (client, error) => this.#blame(client, reasonOf(error), error));
  }

  #blame(client: Client, reason: DisconnectReason, error?: Error): void {
    const connection = this.#byClient.get(client);
    if (!connection || connection.reason !== undefined) return;
    connection.reason = reason;
    if (!(error instanceof Refusal)) return;
    if (error.limit) this.#deps.refusals.count(error.limit, client.id, error.message);
    else this.#deps.log("warn", `closed the connection of ${client.id}: ${error.message}`);
  }

  async #authenticate(client: Client): Promise<void> {
    const connection = this.#byClient.get(client);
    if (!connection || this.#closing)
      throw new Refusal("SERVER_ERROR", "not accepting connections", { returnCode: 3 });
    const { clientId, will } = connection;
    if (!isText(clientId))
      throw new Refusal("CLIENT_ERROR", "the client id is no text", { returnCode: 2 });
    if (Buffer.byteLength(clientId) > limits.clientId.value)
      throw new Refusal("CLIENT_ERROR", "the client id is too long", {
        returnCode: 2,
        limit: "clientId",
      });
    const mayConnect = (): boolean =>
      connection.peer.fault(clientId) === undefined &&
      connection.may("iot:Connect", "client", clientId);
    if (!mayConnect()) throw new Refusal("AUTH_ERROR", `${clientId} may not connect`);
    if (will && (publishRefusal(will) || !connection.mayPublish(will.topic, will.retain)))
      throw new Refusal("AUTH_ERROR", `${clientId} may not publish its will`);
    if (!this.#connects.take(clientId))
      throw new Refusal("CLIENT_ERROR", "connects too often", {
        returnCode: 3,
        limit: "connectsPerSecond",
      });
    // [MQTT-3.1.4-2] The one who was there goes, entirely, before this one is let in.
    for (let other = this.#byId.get(clientId); other; other = this.#byId.get(clientId)) {
      other.close("DUPLICATE_CLIENTID");
      await other.ended;
    }
    if (connection.over || !mayConnect()) throw new Refusal("AUTH_ERROR", "gone meanwhile");
    this.#deps.sessions.dropIfExpired(clientId);
    this.#byId.set(clientId, connection);
  }

  #announce(client: Client): void {
    const connection = this.#byClient.get(client);
    if (!connection || connection.over) {
      // aedes registers a client whose socket closed during CONNECT, and would never let it go.
      setImmediate(() => {
        const inside = this.#aedes as unknown as BrokerInside;
        if (inside.clients[client.id] === client) inside.unregisterClient(client);
      });
      return;
    }
    connection.announced = true;
    const { clientId, peer } = connection;
    this.#deps.presence
      .connected(clientId, peer.principal, peer.socket.remoteAddress ?? "")
      .catch((error: unknown) => this.#failed("a connected event", error));
  }

  #finish(connection: Connection): void {
    if (!connection.finish()) return;
    this.#all.delete(connection);
    const { clientId } = connection;
    if (this.#byId.get(clientId) !== connection) return;
    this.#byId.delete(clientId);
    this.#deps.sessions.disconnected(clientId);
    if (!connection.announced || this.#closing) return;
    const inside = connection.client as unknown as ClientInside;
    const reason =
      connection.reason ??
      (inside._disconnected ? "CLIENT_INITIATED_DISCONNECT" : "CONNECTION_LOST");
    this.#deps.presence
      .disconnected(clientId, reason)
      .catch((error: unknown) => this.#failed("a disconnected event", error));
  }

  /** Also called by aedes for wills. Resolves when the message may be acknowledged. */
  async #publish(client: Client | null, packet: PublishPacket): Promise<void> {
    const connection = client ? this.#byClient.get(client) : undefined;
    if (!connection || this.#closing) throw new Refusal("SERVER_ERROR", "not publishing");
    const { topic, retain, qos } = packet;
    const payload = Buffer.isBuffer(packet.payload) ? packet.payload : Buffer.from(packet.payload);
    const refusal = publishRefusal({ topic, qos, payload });
    if (refusal) throw refusal;
    if (!connection.mayPublish(topic, retain))
      throw new Refusal("AUTH_ERROR", `may not publish to ${topic}`);
    const sent = this.#deps.flow.send({
      messages: [
        {
          topic,
          payload,
          qos: qos > 0 ? 1 : 0,
          retain,
          clientId: connection.clientId,
          principal: connection.peer.principal,
        },
      ],
    });
    const request = parseShadowRequest(topic);
    const answered = request
      ? this.#deps.shadows.answer(request.address, { operation: request.operation, payload })
      : undefined;
    const all = Promise.all([sent, answered]).catch((error: unknown) => {
      this.#failed(`a message to ${topic}`, error);
      throw new Refusal("SERVER_ERROR", "the message could not be stored");
    });
    if (qos > 0) await all;
    else all.catch(() => undefined);
  }

  #allowed(client: Client, subscription: Subscription): Subscription | null {
    const { topic } = subscription;
    const connection = this.#byClient.get(client);
    if (filterFault(topic) === undefined && connection?.maySubscribe(topic))
      return connection.addFilter(topic) ? subscription : null;
    const limit = topicLimit(topic);
    const text = `refused a subscription to ${topic}`;
    if (limit) this.#deps.refusals.count(limit, client.id, text);
    else this.#deps.log("warn", `${client.id}: ${text}`);
    return null;
  }

  /** Subscriptions take the function that they deliver with from the client when they are made. */
  #holdBack(connection: Connection): void {
    const inside = connection.client as unknown as ClientInside;
    const deliver = inside.deliverQoS;
    inside.deliverQoS = (packet, done) => {
      if (packet.qos === 0) {
        deliver(packet, done);
        return;
      }
      connection.outbound.offer(() => {
        this.#delivering = connection;
        deliver(packet, () => undefined);
        this.#delivering = undefined;
      });
      // Nobody waits for one subscriber.
      done();
    };
  }

  /** aedes sends with QoS 0 where the same topic is subscribed to by name with QoS 0. */
  #countSent(connection: Connection, topic: string): void {
    const inside = connection.client as unknown as ClientInside;
    if (inside.subscriptions[topic]?.qos !== 0) connection.outbound.sent();
  }

  #pace(clientId: string, packets: readonly SessionPacket[]): AsyncIterable<SessionPacket> {
    const connection = this.#byId.get(clientId);
    if (!connection) return Readable.from([]);
    return connection.outbound.drain(packets, ({ topic }) =>
      connection.may("iot:Receive", "topic", topic),
    );
  }

  #emit({ topic, payload, qos, retain, clientId, sequence }: NumberedMessage): void {
    const { mq } = this.#aedes as unknown as BrokerInside;
    const packet = { cmd: "publish", topic, payload, qos, retain, dup: false, brokerId, clientId };
    mq.emit({ ...packet, brokerCounter: sequence }, () => undefined);
  }

  #failed(what: string, error: unknown): void {
    if (!this.#closing) this.#deps.log("error", `${what} was lost: ${String(error)}`);
  }
}

function reasonOf(error: Error): DisconnectReason {
  if (error instanceof Refusal) return error.reason;
  return "code" in error ? "CONNECTION_LOST" : "CLIENT_ERROR";
}
