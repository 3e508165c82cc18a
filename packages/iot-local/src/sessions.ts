/**
 * Persistent sessions: subscriptions, and QoS 1 messages that a client has not acknowledged.
 *
 * INVARIANT: a queued message is on disk before its publisher is acknowledged, and is delivered in the order of
 * publishing, across restarts too. Removal after PUBACK is not synced: a kill can repeat a message, never lose one.
 */
import { FilterTree } from "./filter-tree.ts";
import { limits } from "./limits.ts";
import type { NumberedMessage } from "./message.ts";
import type { Log } from "./rule-runner.ts";
import type { Store, Write } from "./store.ts";

export interface SessionPacket {
  readonly cmd: "publish";
  readonly brokerId: string;
  readonly brokerCounter: number;
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 1;
  readonly retain: false;
  readonly dup: boolean;
}

export interface Queued {
  readonly write: Write;
  readonly apply: () => void;
}

interface QueuedMessage {
  readonly topic: string;
  readonly payload: string;
  readonly atMs: number;
}

interface Session {
  readonly clientId: string;
  readonly filters: Map<string, 0 | 1>;
  readonly queue: Map<number, QueuedMessage>;
  /** Message id on the wire → sequence, of the present connection. */
  readonly inFlight: Map<number, number>;
  readonly sent: Set<number>;
  /** Undefined while connected. */
  offlineSinceMs: number | undefined;
}

/** Names this broker in aedes' packets; the sequence alone makes them unique. */
export const brokerId = "iot-local";

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #tree = new FilterTree<Session>();
  readonly #deps: { store: Store; log: Log; nowMs: () => number };

  private constructor(deps: { store: Store; log: Log; nowMs: () => number }) {
    this.#deps = deps;
  }

  static async open(deps: { store: Store; log: Log; nowMs: () => number }): Promise<Sessions> {
    const sessions = new Sessions(deps);
    for await (const [key, value] of deps.store.entries("session")) {
      const clientId = decodeURIComponent(key.slice("session/".length));
      const session = sessions.#add(clientId, deps.nowMs());
      for (const [filter, qos] of Object.entries(JSON.parse(value) as Record<string, 0 | 1>))
        sessions.#subscribe(session, filter, qos);
    }
    for await (const [key, value] of deps.store.entries("queued")) {
      const [, clientId = "", sequence = "0"] = key.split("/");
      const session = sessions.#sessions.get(decodeURIComponent(clientId));
      if (session) session.queue.set(Number(sequence), JSON.parse(value) as QueuedMessage);
      else deps.store.relaxed([{ type: "del", key }]);
    }
    return sessions;
  }

  get lastSequence(): number {
    let last = 0;
    for (const { queue } of this.#sessions.values())
      for (const sequence of queue.keys()) last = Math.max(last, sequence);
    return last;
  }

  /** What must be written for this message, and what to do once it is. */
  plan({ topic, payload, sequence }: NumberedMessage): Queued[] {
    const queued: Queued[] = [];
    for (const session of this.#tree.match(topic)) {
      const row = { topic, payload: payload.toString("base64"), atMs: this.#deps.nowMs() };
      queued.push({
        write: {
          type: "put",
          key: queuedKey(session.clientId, sequence),
          value: JSON.stringify(row),
        },
        apply: () => this.#enqueue(session, sequence, row),
      });
    }
    return queued;
  }

  filtersOf(clientId: string): { topic: string; qos: 0 | 1 }[] {
    const filters = this.#sessions.get(clientId)?.filters ?? [];
    return [...filters].map(([topic, qos]) => ({ topic, qos }));
  }

  async subscribe(
    clientId: string,
    filters: readonly { topic: string; qos: number }[],
  ): Promise<void> {
    const session = this.#sessions.get(clientId) ?? this.#add(clientId, undefined);
    for (const { topic, qos } of filters) this.#subscribe(session, topic, qos > 0 ? 1 : 0);
    await this.#deps.store.commit([this.#sessionWrite(session)]);
  }

  async unsubscribe(clientId: string, filters: readonly string[]): Promise<void> {
    const session = this.#sessions.get(clientId);
    if (!session) return;
    for (const filter of filters) {
      session.filters.delete(filter);
      this.#tree.remove(filter, session);
    }
    await this.#deps.store.commit([this.#sessionWrite(session)]);
  }

  /** [MQTT-3.1.2-6] A clean connection ends the session that was there. */
  async end(clientId: string): Promise<void> {
    const session = this.#sessions.get(clientId);
    if (session) await this.#deps.store.commit(this.#drop(session));
  }

  connected(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (!session) return;
    session.offlineSinceMs = undefined;
    session.inFlight.clear();
  }

  disconnected(clientId: string): void {
    const session = this.#sessions.get(clientId);
    if (session) session.offlineSinceMs = this.#deps.nowMs();
  }

  /** Everything unacknowledged, oldest first. */
  pending(clientId: string): SessionPacket[] {
    const session = this.#sessions.get(clientId);
    if (!session) return [];
    return [...session.queue]
      .toSorted(([one], [other]) => one - other)
      .map(([sequence, { topic, payload }]) => ({
        cmd: "publish",
        brokerId,
        brokerCounter: sequence,
        topic,
        payload: Buffer.from(payload, "base64"),
        qos: 1,
        retain: false,
        // [MQTT-3.3.1-1]
        dup: session.sent.has(sequence),
      }));
  }

  sending(clientId: string, packet: { messageId: number; sequence: number }): void {
    const session = this.#sessions.get(clientId);
    if (!session?.queue.has(packet.sequence)) return;
    session.inFlight.set(packet.messageId, packet.sequence);
    session.sent.add(packet.sequence);
  }

  acknowledged(clientId: string, messageId: number): void {
    const session = this.#sessions.get(clientId);
    const sequence = session?.inFlight.get(messageId);
    if (!session || sequence === undefined) return;
    session.inFlight.delete(messageId);
    this.#forget(session, sequence);
  }

  /** Drops sessions that are offline for too long. Called by the broker's one clock. */
  sweep(): void {
    for (const { clientId } of this.#sessions.values()) this.dropIfExpired(clientId);
  }

  /** Before a client connects: nothing is left of a session that is over, whether a sweep came by or not. */
  dropIfExpired(clientId: string): void {
    const session = this.#sessions.get(clientId);
    const before = this.#deps.nowMs() - limits.sessionExpiry.value * 1000;
    if (session?.offlineSinceMs !== undefined && session.offlineSinceMs < before)
      this.#deps.store.relaxed(this.#drop(session));
  }

  #add(clientId: string, offlineSinceMs: number | undefined): Session {
    const session: Session = {
      clientId,
      filters: new Map(),
      queue: new Map(),
      inFlight: new Map(),
      sent: new Set(),
      offlineSinceMs,
    };
    this.#sessions.set(clientId, session);
    return session;
  }

  #subscribe(session: Session, filter: string, qos: 0 | 1): void {
    session.filters.set(filter, qos);
    if (qos > 0) this.#tree.add(filter, session);
    else this.#tree.remove(filter, session);
  }

  #enqueue(session: Session, sequence: number, row: QueuedMessage): void {
    // The session ended while the message was on its way to disk.
    if (this.#sessions.get(session.clientId) !== session) {
      this.#deps.store.relaxed([{ type: "del", key: queuedKey(session.clientId, sequence) }]);
      return;
    }
    session.queue.set(sequence, row);
    if (session.queue.size <= limits.sessionQueue.value) return;
    const [oldest] = session.queue.keys();
    if (oldest !== undefined) this.#forget(session, oldest);
    this.#deps.log(
      "warn",
      `dropped the oldest queued message of ${session.clientId}: queue is full`,
    );
  }

  #forget(session: Session, sequence: number): void {
    session.queue.delete(sequence);
    session.sent.delete(sequence);
    this.#deps.store.relaxed([{ type: "del", key: queuedKey(session.clientId, sequence) }]);
  }

  #drop(session: Session): Write[] {
    this.#sessions.delete(session.clientId);
    for (const filter of session.filters.keys()) this.#tree.remove(filter, session);
    return [
      { type: "del", key: `session/${encodeURIComponent(session.clientId)}` },
      ...[...session.queue.keys()].map((sequence) => ({
        type: "del" as const,
        key: queuedKey(session.clientId, sequence),
      })),
    ];
  }

  #sessionWrite({ clientId, filters }: Session): Write {
    const key = `session/${encodeURIComponent(clientId)}`;
    if (filters.size === 0) return { type: "del", key };
    return { type: "put", key, value: JSON.stringify(Object.fromEntries(filters)) };
  }
}

function queuedKey(clientId: string, sequence: number): string {
  return `queued/${encodeURIComponent(clientId)}/${String(sequence).padStart(16, "0")}`;
}
