/**
 * The transport on the AWS Common Runtime, MQTT 3.1.1 over mutual TLS.
 *
 * The runtime reconnects by itself, without jitter and with what it had queued. Here every attempt is a new connection, so that
 * the back-off is ours, a session starts empty, and nothing published before an interruption comes late.
 */
import { io, mqtt } from "aws-iot-device-sdk-v2";
import { BackOff } from "../back-off.ts";
import { log, reasonOf } from "../log.ts";
import type {
  Credentials,
  Subscription,
  Transport,
  TransportHandlers,
  TransportOptions,
} from "./transport.ts";

const keepAliveS = 30;
const pingTimeoutMs = 5_000;
const connectTimeoutMs = 10_000;
const operationTimeoutMs = 10_000;
/** A connection that held this long was a good one: the back-off starts again. */
const soundAfterMs = 30_000;

const levels: Record<0 | 1, mqtt.QoS> = { 0: mqtt.QoS.AtMostOnce, 1: mqtt.QoS.AtLeastOnce };

type Connection = mqtt.MqttClientConnection;
/** How it looks when the server does not know the certificate, or does not take it any more: the runtime names it in the text only. */
const hangUp = /AWS_(?:IO_SOCKET_CLOSED|IO_TLS_\w+|ERROR_MQTT_UNEXPECTED_HANGUP)/;

export class CrtTransport implements Transport {
  readonly #options: TransportOptions;
  readonly #handlers: TransportHandlers;
  readonly #client = new mqtt.MqttClient(new io.ClientBootstrap());
  #tls: { readonly of: string; readonly context: io.ClientTlsContext } | undefined;
  readonly #backOff = new BackOff({ firstMs: 1_500, maxMs: 30_000, jitter: 1 / 3 });
  /** The connection that is made or held now; events of any other are ignored. */
  #current: Connection | undefined;
  #connectedAtMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #host = "";
  #refusals = 0;

  constructor(options: TransportOptions, handlers: TransportHandlers) {
    this.#options = options;
    this.#handlers = handlers;
  }

  get connected(): boolean {
    return this.#connectedAtMs !== undefined;
  }

  start(): void {
    void this.#attempt();
  }

  async subscribe(subscriptions: readonly Subscription[]): Promise<void> {
    const connection = this.#held();
    const acks = await Promise.all(
      subscriptions.map(({ filter, qos }) => connection.subscribe(filter, levels[qos])),
    );
    const refused = acks.find(({ qos }) => !Object.values(levels).includes(qos));
    if (refused) throw new Error(`the server refuses the subscription ${refused.topic}`);
  }

  async publish(topic: string, payload: string): Promise<void> {
    await this.#held().publish(topic, payload, mqtt.QoS.AtLeastOnce, false);
  }

  drop(reason: string): void {
    const connection = this.#current;
    if (connection) this.#lost(connection, reason);
  }

  reconnect(reason: string): void {
    this.#backOff.reset();
    if (this.#connectedAtMs !== undefined) return this.drop(reason);
    // An attempt that is being made ends by itself.
    if (this.#current || this.#stopped) return;
    clearTimeout(this.#timer);
    void this.#attempt();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const connection = this.#current;
    this.#current = undefined;
    this.#connectedAtMs = undefined;
    if (connection) await connection.disconnect();
  }

  #held(): Connection {
    if (!this.#current || !this.connected) throw new Error("not connected");
    return this.#current;
  }

  async #attempt(): Promise<void> {
    const credentials = await this.#options.credentials();
    if (this.#stopped) return;
    const { host, port } = credentials.mqtt;
    const connection = this.#makeConnection(credentials);
    this.#current = connection;
    this.#host = host;
    try {
      await connection.connect();
    } catch (error) {
      const isRefusal = hangUp.test(reasonOf(error));
      this.#refusals = isRefusal ? this.#refusals + 1 : 0;
      this.#lost(connection, reasonOf(error));
      if (isRefusal) this.#handlers.refused(this.#refusals);
      return;
    }
    if (this.#current !== connection) return;
    this.#refusals = 0;
    this.#connectedAtMs = performance.now();
    log.note(`connected to ${host}:${port}`);
    this.#handlers.connected();
  }

  #tlsOf({ certificatePem, privateKeyPem, caPem }: Credentials): io.ClientTlsContext {
    const of = certificatePem + caPem;
    if (this.#tls?.of === of) return this.#tls.context;
    const options = io.TlsContextOptions.create_client_with_mtls(certificatePem, privateKeyPem);
    options.override_default_trust_store(caPem);
    this.#tls = { of, context: new io.ClientTlsContext(options) };
    return this.#tls.context;
  }

  #makeConnection(credentials: Credentials): Connection {
    const connection = this.#client.new_connection({
      client_id: this.#options.clientId,
      host_name: credentials.mqtt.host,
      port: credentials.mqtt.port,
      clean_session: true,
      keep_alive: keepAliveS,
      ping_timeout: pingTimeoutMs,
      protocol_operation_timeout: operationTimeoutMs,
      // Never reached: an interrupted connection is given up at once.
      reconnect_min_sec: 60,
      reconnect_max_sec: 120,
      socket_options: new io.SocketOptions(
        io.SocketType.STREAM,
        io.SocketDomain.IPV4,
        connectTimeoutMs,
        true,
        20,
        5,
        3,
      ),
      tls_ctx: this.#tlsOf(credentials),
      disable_metrics: true,
    });
    connection.on("interrupt", (error) => this.#lost(connection, reasonOf(error)));
    connection.on("error", (error) => this.#lost(connection, reasonOf(error)));
    connection.on("message", (topic, payload) => {
      if (this.#current === connection)
        this.#handlers.message(topic, Buffer.from(payload).toString("utf8"));
    });
    return connection;
  }

  #lost(connection: Connection, reason: string): void {
    if (this.#current !== connection || this.#stopped) return;
    const heldSinceMs = this.#connectedAtMs;
    this.#current = undefined;
    this.#connectedAtMs = undefined;
    connection.disconnect().catch(() => undefined);
    if (heldSinceMs !== undefined) {
      if (performance.now() - heldSinceMs > soundAfterMs) this.#backOff.reset();
      this.#handlers.disconnected();
    }
    const waitMs = this.#backOff.next();
    log.warn(`no connection to ${this.#host}: ${reason}; next attempt in ${waitMs} ms`);
    this.#timer = setTimeout(() => void this.#attempt(), waitMs);
  }
}
