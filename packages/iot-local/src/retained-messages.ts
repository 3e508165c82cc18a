/** The last retained message of each topic. An empty payload removes it. [MQTT-3.3.1-10] */
import { Readable } from "node:stream";
import type { Message } from "./message.ts";
import type { Store } from "./store.ts";
import { type Change, Table } from "./table.ts";
import { matchesFilter } from "./topic.ts";

export interface RetainedMessage {
  readonly topic: string;
  readonly payload: string;
  readonly qos: 0 | 1;
  readonly atMs: number;
}

export class RetainedMessages {
  readonly #table = new Table<RetainedMessage>("retained");
  readonly #nowMs: () => number;

  private constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  static async open(store: Store, nowMs: () => number): Promise<RetainedMessages> {
    const retained = new RetainedMessages(nowMs);
    await retained.#table.load(store);
    return retained;
  }

  get(topic: string): RetainedMessage | undefined {
    return this.#table.rows.get(topic);
  }

  change({ topic, payload, qos }: Message): Change {
    if (payload.length === 0) return this.#table.delete(topic);
    const row = { topic, payload: payload.toString("base64"), qos, atMs: this.#nowMs() };
    return this.#table.set(topic, row);
  }

  /** Packets for aedes, for whoever subscribes to these filters. */
  stream(filters: readonly string[]): Readable {
    return Readable.from(
      filters
        .flatMap((filter) => this.#matching(filter))
        .map(({ topic, payload, qos }) => ({
          cmd: "publish",
          topic,
          payload: Buffer.from(payload, "base64"),
          qos,
          retain: true,
        })),
    );
  }

  #matching(filter: string): RetainedMessage[] {
    if (/[+#]/.test(filter))
      return [...this.#table.rows.values()].filter(({ topic }) => matchesFilter(filter, topic));
    const exact = this.#table.rows.get(filter);
    return exact ? [exact] : [];
  }
}
