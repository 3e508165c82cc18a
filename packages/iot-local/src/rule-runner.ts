/**
 * Hands messages to rules.
 *
 * INVARIANTS: events of one thing reach a rule in the order of their messages, never two at a time. An event of a
 * QoS 1 message is in the store before its publisher is acknowledged, and stays there until its handler is done:
 * after a kill it is handled again (at least once). A handler is tried three times, then the event is logged and dropped.
 */
import { setTimeout as delay } from "node:timers/promises";
import { parseSql, type SqlQuery } from "./sql-parser.ts";
import { selectFrom } from "./sql-evaluation.ts";
import type { Json } from "./shadow-document.ts";
import type { Store, Write } from "./store.ts";
import { matchesFilter } from "./topic.ts";

export interface Rule {
  readonly name: string;
  readonly sql: string;
  /** May be called again with an event it has seen: handlers are idempotent. */
  readonly handle: (event: Record<string, unknown>) => Promise<void>;
}

export type Log = (level: "info" | "warn" | "error", text: string) => void;

/** What a rule is shown of a message. */
export interface RuleMessage {
  readonly topic: string;
  readonly payload: Buffer;
  readonly qos: 0 | 1;
  readonly clientId?: string;
  readonly principal?: string;
}

interface StoredEvent {
  readonly topic: string;
  readonly event: Record<string, unknown>;
}

export interface RuleEvent extends StoredEvent {
  readonly rule: CompiledRule;
  /** Absent for QoS 0: kept in memory only. */
  readonly key?: string;
}

interface CompiledRule {
  readonly rule: Rule;
  readonly query: SqlQuery;
  readonly lanes: Map<string, RuleEvent[]>;
  running: number;
  readonly ready: string[];
}

const concurrency = 16;
const retryDelaysMs = [200, 1_000] as const;

export class RuleRunner {
  readonly #rules: readonly CompiledRule[];
  readonly #deps: { store: Store; log: Log; nowMs: () => number };
  readonly #stopping = new AbortController();
  #idle: (() => void) | undefined;
  #begun = false;

  /** @throws SqlError naming the rule. */
  constructor(rules: readonly Rule[], deps: { store: Store; log: Log; nowMs: () => number }) {
    this.#deps = deps;
    this.#rules = rules.map((rule) => ({
      rule,
      query: compile(rule),
      lanes: new Map(),
      running: 0,
      ready: [],
    }));
  }

  /** What each rule makes of this message. `sequence` is unique and grows; it orders events after a restart. */
  select(message: RuleMessage, sequence: number): RuleEvent[] {
    const events: RuleEvent[] = [];
    let body: { json: Json | undefined } | undefined;
    for (const compiled of this.#rules) {
      if (!matchesFilter(compiled.query.filter, message.topic)) continue;
      body ??= { json: parseJson(message.payload) };
      const event = this.#selectOne(compiled, message, body.json);
      if (!event) continue;
      events.push({
        rule: compiled,
        topic: message.topic,
        event,
        ...(message.qos > 0 ? { key: keyOf(compiled.rule.name, sequence) } : {}),
      });
    }
    return events;
  }

  /** The writes that make these events survive. */
  writes(events: readonly RuleEvent[]): Write[] {
    return events.flatMap(({ key, topic, event }) =>
      key === undefined ? [] : [{ type: "put", key, value: JSON.stringify({ topic, event }) }],
    );
  }

  enqueue(events: readonly RuleEvent[]): void {
    for (const event of events) {
      const { lanes, ready } = event.rule;
      const lane = laneOf(event.topic);
      const waiting = lanes.get(lane);
      if (waiting) waiting.push(event);
      else {
        lanes.set(lane, [event]);
        ready.push(lane);
      }
      this.#start(event.rule);
    }
  }

  /** From here on handlers are called; what came before waits. */
  begin(): void {
    this.#begun = true;
    for (const rule of this.#rules) this.#start(rule);
  }

  /** Takes over what an earlier process accepted and did not finish. @returns the highest sequence found. */
  async replay(): Promise<number> {
    let last = 0;
    for await (const [key, value] of this.#deps.store.entries("event")) {
      const [, name = "", sequence = "0"] = key.split("/");
      last = Math.max(last, Number(sequence));
      const rule = this.#rules.find((one) => one.rule.name === decodeURIComponent(name));
      if (rule) this.enqueue([{ ...(JSON.parse(value) as StoredEvent), rule, key }]);
      else {
        this.#deps.log("warn", `dropped an event of the rule ${name}, which is no more`);
        this.#deps.store.relaxed([{ type: "del", key }]);
      }
    }
    return last;
  }

  /** Lets handlers finish for at most `graceMs`; QoS 1 events that did not are handled at the next start. */
  async close(graceMs: number): Promise<void> {
    if (this.#isIdle()) return;
    const timer = new AbortController();
    await Promise.race([
      new Promise<void>((resolve) => (this.#idle = resolve)),
      delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
    this.#stopping.abort();
  }

  #isIdle(): boolean {
    return this.#rules.every(({ lanes }) => lanes.size === 0);
  }

  #selectOne(
    { rule, query }: CompiledRule,
    message: RuleMessage,
    body: Json | undefined,
  ): Record<string, unknown> | undefined {
    try {
      return selectFrom(query, { ...message, body, timestampMs: this.#deps.nowMs() });
    } catch (error) {
      this.#deps.log(
        "warn",
        `rule ${rule.name} skipped a message of ${message.topic}: ${String(error)}`,
      );
      return undefined;
    }
  }

  #start(rule: CompiledRule): void {
    while (this.#begun && rule.running < concurrency && !this.#stopping.signal.aborted) {
      const lane = rule.ready.shift();
      if (lane === undefined) return;
      rule.running++;
      void this.#runLane(rule, lane);
    }
  }

  /** Takes one event of the lane, then puts the lane at the end of the row: no thing can starve the others. */
  async #runLane(rule: CompiledRule, lane: string): Promise<void> {
    const waiting = rule.lanes.get(lane) ?? [];
    const event = waiting[0];
    const done = event ? await this.#handle(event) : true;
    waiting.shift();
    if (done && event?.key !== undefined)
      this.#deps.store.relaxed([{ type: "del", key: event.key }]);
    rule.running--;
    if (waiting.length > 0) rule.ready.push(lane);
    else rule.lanes.delete(lane);
    this.#start(rule);
    if (this.#isIdle()) this.#idle?.();
  }

  /** @returns false when the process is stopping and the event should be seen again. */
  async #handle({ rule: { rule }, topic, event }: RuleEvent): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await rule.handle(event);
        return true;
      } catch (error) {
        const waitMs = retryDelaysMs[attempt];
        if (waitMs === undefined) {
          this.#deps.log("error", `rule ${rule.name} failed for ${topic}: ${String(error)}`);
          return true;
        }
        try {
          await delay(waitMs, undefined, { signal: this.#stopping.signal });
        } catch {
          return false;
        }
      }
    }
  }
}

function compile(rule: Rule): SqlQuery {
  try {
    return parseSql(rule.sql);
  } catch (error) {
    throw new Error(
      `rule ${rule.name}: ${error instanceof Error ? error.message : String(error)}`,
      {
        cause: error,
      },
    );
  }
}

function keyOf(rule: string, sequence: number): string {
  return `event/${encodeURIComponent(rule)}/${String(sequence).padStart(16, "0")}`;
}

/**
 * Whose events must stay in order: the thing in `$aws/things/{thing}/…` and `$aws/events/presence/{kind}/{thing}`, the
 * fourth segment of the fleet's own five-segment topics, and otherwise the topic itself.
 */
function laneOf(topic: string): string {
  const levels = topic.split("/");
  if (levels[0] === "$aws") return (levels[1] === "things" ? levels[2] : levels[4]) ?? topic;
  return (levels.length === 5 ? levels[3] : undefined) ?? topic;
}

function parseJson(payload: Buffer): Json | undefined {
  try {
    return JSON.parse(payload.toString("utf8")) as Json;
  } catch {
    return undefined;
  }
}
