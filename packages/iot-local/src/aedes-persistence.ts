/**
 * What aedes asks of a persistence, answered from our sessions, retained messages and wills. Publishing does not come
 * through here (see message-flow.ts), so the methods for it do nothing.
 */
import { Readable } from "node:stream";
import type { RetainedMessages } from "./retained-messages.ts";
import type { SessionPacket, Sessions } from "./sessions.ts";
import type { Wills } from "./wills.ts";

interface ClientRef {
  readonly id: string;
}

interface SentPacket {
  readonly messageId?: number;
  readonly brokerCounter?: number;
}

interface WillPacket {
  readonly topic: string;
  readonly payload: Buffer | string;
  readonly qos: number;
  readonly retain?: boolean;
}

export interface AedesPersistenceDeps {
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly wills: Wills;
  /** aedes stores all filters of a SUBSCRIBE as soon as one of them is allowed; this keeps the refused ones out. */
  readonly maySubscribe: (clientId: string, filter: string) => boolean;
  /** Gives what a session had waiting no faster than the client acknowledges. */
  readonly pace: (
    clientId: string,
    packets: readonly SessionPacket[],
  ) => AsyncIterable<SessionPacket>;
  /** A message is about to be written to the client. */
  readonly passed: (clientId: string, sequence: number) => void;
}

export class AedesPersistence {
  readonly #deps: AedesPersistenceDeps;

  constructor(deps: AedesPersistenceDeps) {
    this.#deps = deps;
  }

  /** aedes insists on an async function. */
  async setup(): Promise<void> {}

  async addSubscriptions(
    client: ClientRef,
    filters: readonly { topic: string; qos: number }[],
  ): Promise<void> {
    const allowed = filters.filter(({ topic }) => this.#deps.maySubscribe(client.id, topic));
    await this.#deps.sessions.subscribe(client.id, allowed);
  }

  async removeSubscriptions(client: ClientRef, filters: readonly string[]): Promise<void> {
    await this.#deps.sessions.unsubscribe(client.id, filters);
  }

  async subscriptionsByClient(client: ClientRef): Promise<{ topic: string; qos: 0 | 1 }[]> {
    return this.#deps.sessions.filtersOf(client.id);
  }

  async cleanSubscriptions(client: ClientRef): Promise<void> {
    await this.#deps.sessions.end(client.id);
  }

  outgoingStream(client: ClientRef): Readable {
    this.#deps.sessions.connected(client.id);
    return Readable.from(this.#deps.pace(client.id, this.#deps.sessions.pending(client.id)), {
      highWaterMark: 1,
    });
  }

  async outgoingUpdate(client: ClientRef, packet: SentPacket): Promise<void> {
    const { messageId, brokerCounter } = packet;
    if (messageId === undefined || brokerCounter === undefined) return;
    this.#deps.sessions.sending(client.id, { messageId, sequence: brokerCounter });
    this.#deps.passed(client.id, brokerCounter);
  }

  async outgoingClearMessageId(client: ClientRef, packet: SentPacket): Promise<void> {
    if (packet.messageId !== undefined)
      this.#deps.sessions.acknowledged(client.id, packet.messageId);
  }

  createRetainedStream(filter: string): Readable {
    return this.#deps.retained.stream([filter]);
  }

  createRetainedStreamCombi(filters: readonly string[]): Readable {
    return this.#deps.retained.stream(filters);
  }

  async putWill(client: ClientRef, will: WillPacket): Promise<void> {
    const payload = Buffer.from(will.payload).toString("base64");
    const qos = will.qos > 0 ? 1 : 0;
    this.#deps.wills.set(client.id, { topic: will.topic, payload, qos, retain: !!will.retain });
  }

  async delWill({ id }: ClientRef): Promise<void> {
    this.#deps.wills.set(id, undefined);
  }

  async getWill(): Promise<undefined> {
    return undefined;
  }

  /** Wills of an earlier process are published with its presence events, not by aedes. */
  streamWill(): Readable {
    return Readable.from([]);
  }

  async storeRetained(): Promise<void> {}

  async subscriptionsByTopic(): Promise<never[]> {
    return [];
  }

  async outgoingEnqueue(): Promise<void> {}

  async outgoingEnqueueCombi(): Promise<void> {}

  async incomingStorePacket(): Promise<void> {
    throw new Error("QoS 2 is not offered");
  }

  async incomingGetPacket(): Promise<void> {
    throw new Error("QoS 2 is not offered");
  }

  async incomingDelPacket(): Promise<void> {}

  async cleanIncoming(): Promise<void> {}

  async countOffline(): Promise<{ subsCount: number; clientsCount: number }> {
    return { subsCount: 0, clientsCount: 0 };
  }

  getClientList(): Readable {
    return Readable.from([]);
  }

  async destroy(): Promise<void> {}
}
