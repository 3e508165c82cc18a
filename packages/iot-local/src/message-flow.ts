/**
 * The one way of a message through the broker.
 *
 * INVARIANTS: whatever a message must leave on disk (queued copies for persistent sessions, the retained copy, rule
 * events, the state change it tells of) is one synced write before `send` resolves, and so before any acknowledgement.
 * Messages reach subscribers in the order of `send`. aedes drops what arrives with a lower counter than it has seen, so
 * the counter is given here and emission never overtakes.
 */
import type { Message, NumberedMessage } from "./message.ts";
import type { RetainedMessages } from "./retained-messages.ts";
import type { RuleEvent, RuleRunner } from "./rule-runner.ts";
import type { Queued, Sessions } from "./sessions.ts";
import type { Store } from "./store.ts";
import type { Change } from "./table.ts";

export interface Delivery {
  readonly messages: readonly Message[];
  /** State changes that must be on disk together with what they cause. */
  readonly changes?: readonly Change[];
}

export interface MessageFlowDeps {
  readonly store: Store;
  readonly sessions: Sessions;
  readonly retained: RetainedMessages;
  readonly rules: RuleRunner;
}

interface Planned {
  readonly message: NumberedMessage;
  readonly queued: readonly Queued[];
  readonly events: readonly RuleEvent[];
  readonly changes: readonly Change[];
}

export class MessageFlow {
  readonly #deps: MessageFlowDeps;
  #sequence: number;
  #underWay = 0;
  #tail: Promise<void> = Promise.resolve();
  /** Gives a message to the connected subscribers; set by the broker. */
  emit: (message: NumberedMessage) => void = () => undefined;

  /** @param lastSequence the highest sequence that anything in the store carries. */
  constructor(deps: MessageFlowDeps, lastSequence: number) {
    this.#deps = deps;
    this.#sequence = lastSequence;
  }

  /** Resolves when everything is durable. Delivery to connected subscribers follows at once and is not waited for. */
  send({ messages, changes = [] }: Delivery): Promise<void> {
    const planned = messages.map((message) => this.#plan(message));
    const all = [...changes, ...planned.flatMap((one) => one.changes)];
    const writes = [
      ...all.map(({ write }) => write),
      ...planned.flatMap(({ events }) => this.#deps.rules.writes(events)),
      ...planned.flatMap(({ queued }) => queued.map(({ write }) => write)),
    ];
    const finish = (): void => {
      for (const change of all) change.apply();
      for (const one of planned) this.#deliver(one);
    };
    if (writes.length === 0 && this.#underWay === 0) {
      finish();
      return Promise.resolve();
    }
    return this.#inTurn(writes.length === 0 ? undefined : this.#deps.store.commit(writes), finish);
  }

  /** Resolves when nothing is on its way to disk. */
  settled(): Promise<void> {
    return this.#tail;
  }

  async #inTurn(committed: Promise<void> | undefined, finish: () => void): Promise<void> {
    this.#underWay++;
    const before = this.#tail;
    const mine = Promise.all([committed, before]).then(finish);
    this.#tail = mine.catch(() => undefined);
    try {
      await mine;
    } finally {
      this.#underWay--;
    }
  }

  #plan(message: Message): Planned {
    const sequence = ++this.#sequence;
    const numbered = { ...message, sequence };
    return {
      message: numbered,
      queued: message.qos > 0 ? this.#deps.sessions.plan(numbered) : [],
      events: this.#deps.rules.select(message, sequence),
      changes: message.retain ? [this.#deps.retained.change(message)] : [],
    };
  }

  #deliver({ message, queued, events }: Planned): void {
    for (const { apply } of queued) apply();
    this.emit(message);
    this.#deps.rules.enqueue(events);
  }
}
