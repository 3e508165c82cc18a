/** What the agent needs of MQTT: a session that is clean at every connect, QoS 1, and to be told. */
export interface Transport {
  /** Connects, and connects again for ever, with back-off. */
  start(): void;
  readonly connected: boolean;
  /** Resolves at the SUBACKs. */
  subscribe(subscriptions: readonly Subscription[]): Promise<void>;
  /** QoS 1; resolves at the PUBACK, rejects when the connection is not there or ends before. */
  publish(topic: string, payload: string): Promise<void>;
  /** Ends the connection and drops it; it comes back by the same back-off. For a session that cannot be used. */
  drop(reason: string): void;
  /** Connects anew at once, because there is something better to connect by. */
  reconnect(reason: string): void;
  stop(): Promise<void>;
}

export interface Subscription {
  readonly filter: string;
  /** 0 for what is asked for again when it does not come. */
  readonly qos: 0 | 1;
}

export interface TransportHandlers {
  readonly connected: () => void;
  readonly disconnected: () => void;
  readonly message: (topic: string, payload: string) => void;
  /** The server was reached and hung up before the session began, so often in a row. */
  readonly refused: (times: number) => void;
}

export interface TransportOptions {
  readonly clientId: string;
  /** Asked before every attempt. */
  readonly credentials: () => Promise<Credentials>;
}

export interface Credentials {
  readonly mqtt: { readonly host: string; readonly port: number };
  readonly certificatePem: string;
  readonly privateKeyPem: string;
  readonly caPem: string;
}
