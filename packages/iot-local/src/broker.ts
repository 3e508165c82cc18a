/**
 * The MQTT side: aedes, with our own publishing, sessions and rights put in the places it leaves for them.
 *
 * aedes acknowledges a QoS 1 publish before it is stored. Here `authorizePublish`, which aedes calls before PUBACK,
 * does the whole of the publishing, and aedes' own `publish` does nothing.
 */
import type { EventEmitter } from "node:events";
import { Aedes, type Client, type PublishPacket, type Subscription } from "aedes";
import { AedesPersistence } from "./aedes-persistence.ts";
import type { Realm } from "./arn.ts";
import { Connection, Refusal } from "./connection.ts";
import { limits } from "./limits.ts";
import type { MessageFlow } from "./message-flow.ts";
import type { NumberedMessage } from "./message.ts";
import type { Peer } from "./peer.ts";
import type { DisconnectReason, Presence } from "./presence.ts";
import type { Registry } from "./registry.ts";
import type { RetainedMessages } from "./retained-messages.ts";
import type { Log } from "./rule-runner.ts";
import { brokerId, type Sessions } from "./sessions.ts";
import type { Shadows } from "./shadows.ts";
import { parseShadowRequest } from "./shadow-topic.ts";
import { filterFault, topicFault } from "./topic.ts";
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
  readonly log: Log;
}

/** What we use of aedes beyond its types. */
interface ClientInside {
  readonly _parser: EventEmitter;
  readonly _disconnected: boolean;
  will: unknown;
}

interface BrokerInside {
  readonly mq: { emit(packet: object, done: () => void): void };
  readonly clients: Record<string, Client | undefined>;
  unregisterClient(client: Client): void;
}

interface IncomingPacket {
  readonly cmd: string;
  readonly qos?: number;
  readonly subscriptions?: readonly { readonly qos: number }[];
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
  #closing = false;

  constructor(deps: BrokerDeps) {
    this.#deps = deps;
    this.#aedes = new QuietAedes({
      id: brokerId,
      // No limit: one subscriber that does not read must not hold up the others.
      concurrency: 0,
      drainTimeout: 30_000,
      connectTimeout: 10_000,
      persistence: new AedesPersistence({
        ...deps,
        maySubscribe: (clientId, filter) => this.#maySubscribe(this.#byId.get(clientId), filter),
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
          (error: unknown) => done(error as Error & { returnCode: number }, false),
        );
      },
      authorizePublish: (client, packet, done) => {
        this.#publish(client, packet).then(() => done(), done);
      },
      authorizeSubscribe: (client, subscription, done) => {
        done(null, this.#allowed(client, subscription));
      },
      authorizeForward: (client, packet) =>
        this.#byClient.get(client)?.may("iot:Receive", "topic", packet.topic) ? packet : null,
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
    const parser = (client as unknown as ClientInside)._parser;
    parser.prependListener("packet", (packet: IncomingPacket) => refuse(client, packet));
    socket.once("close", () => this.#finish(connection));
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
    this.#aedes.on("keepaliveTimeout", (client) => this.#blame(client, "MQTT_KEEP_ALIVE_TIMEOUT"));
    this.#aedes.on("clientError", (client, error) => this.#blame(client, reasonOf(error), error));
  }

  #blame(client: Client, reason: DisconnectReason, error?: Error): void {
    const connection = this.#byClient.get(client);
    if (!connection || connection.reason !== undefined) return;
    connection.reason = reason;
    if (error instanceof Refusal)
      this.#deps.log("warn", `closed the connection of ${client.id}: ${error.message}`);
  }

  async #authenticate(client: Client): Promise<void> {
    const connection = this.#byClient.get(client);
    if (!connection || this.#closing)
      throw new Refusal("SERVER_ERROR", "not accepting connections", 3);
    const { clientId, will } = connection;
    if (Buffer.byteLength(clientId) > limits.clientId.value)
      throw new Refusal("CLIENT_ERROR", "the client id is too long", 2);
    const mayConnect = (): boolean =>
      connection.peer.fault(clientId) === undefined &&
      connection.may("iot:Connect", "client", clientId);
    if (!mayConnect()) throw new Refusal("AUTH_ERROR", `${clientId} may not connect`);
    if (will && (publishFault(will) || !connection.mayPublish(will.topic, will.retain)))
      throw new Refusal("AUTH_ERROR", `${clientId} may not publish its will`);
    // [MQTT-3.1.4-2] The one who was there goes, entirely, before this one is let in.
    for (let other = this.#byId.get(clientId); other; other = this.#byId.get(clientId)) {
      other.close("DUPLICATE_CLIENTID");
      await other.ended;
    }
    if (connection.over || !mayConnect()) throw new Refusal("AUTH_ERROR", "gone meanwhile");
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
    const fault = publishFault({ topic, qos }) ?? payloadFault(payload);
    if (fault !== undefined) throw new Refusal("CLIENT_ERROR", `${fault} (${topic})`);
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
    if (this.#maySubscribe(this.#byClient.get(client), topic)) return subscription;
    this.#deps.log("warn", `refused ${client.id} a subscription to ${topic}`);
    return null;
  }

  #maySubscribe(connection: Connection | undefined, filter: string): boolean {
    if (!connection || connection.over || filterFault(filter) !== undefined) return false;
    return connection.may("iot:Subscribe", "topicfilter", filter);
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

/** What a packet shows only as a whole, before aedes takes it apart. */
function refuse(client: Client, packet: IncomingPacket): void {
  const max = limits.filtersPerSubscribe.value;
  if (packet.cmd === "publish" && (packet.qos ?? 0) > limits.qos.value)
    client.emit("error", new Refusal("CLIENT_ERROR", "published with QoS 2"));
  if (packet.cmd !== "subscribe") return;
  if ((packet.subscriptions?.length ?? 0) > max)
    client.emit("error", new Refusal("CLIENT_ERROR", `more than ${max} filters in one SUBSCRIBE`));
  else if (packet.subscriptions?.some(({ qos }) => qos > limits.qos.value))
    client.emit("error", new Refusal("CLIENT_ERROR", "subscribed with QoS 2"));
}

/** Reserved topics that a client may publish to: shadow requests. [Developer Guide, "Reserved topics"] */
function publishFault({ topic, qos }: { topic: string; qos: number }): string | undefined {
  if (qos > limits.qos.value) return "QoS 2 is not offered";
  if (topic.startsWith("$") && !parseShadowRequest(topic)) return "the topic is reserved";
  return topicFault(topic);
}

function payloadFault(payload: Buffer): string | undefined {
  return payload.length > limits.payload.value ? "the payload is too large" : undefined;
}

function reasonOf(error: Error): DisconnectReason {
  if (error instanceof Refusal) return error.reason;
  return "code" in error ? "CONNECTION_LOST" : "CLIENT_ERROR";
}
