/** Commands by id: started and how they ended. An id that was started is never carried out again. */
import * as z from "zod";
import { CommandAck } from "@sightline/contracts/commands";
import { limits } from "@sightline/contracts/limits";
import type { BoxClock } from "../clock.ts";
import type { Journal } from "../journal/journal.ts";

const Entry = z.object({ atMs: z.number(), ack: CommandAck.optional() });
type Entry = z.infer<typeof Entry>;

/** AWS repeats a message for an hour; twice that, so that a jump of the box's clock does no harm. */
const keptMs = 2 * limits.commandTtlMsMax;
const keptMax = 2_000;

export class CommandHistory {
  readonly #journal: Journal;
  readonly #nowMs: BoxClock;
  readonly #entries = new Map<string, Entry>();

  private constructor(journal: Journal, nowMs: BoxClock) {
    this.#journal = journal;
    this.#nowMs = nowMs;
  }

  /** Commands that ran when the agent died have an unknown outcome from now on; their acknowledgements are returned. */
  static async load(
    journal: Journal,
    nowMs: BoxClock,
  ): Promise<{ history: CommandHistory; interrupted: CommandAck[] }> {
    const history = new CommandHistory(journal, nowMs);
    for (const [id, value] of journal
      .entries("command/")
      .toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      const entry = Entry.safeParse(value);
      if (entry.success) history.#entries.set(id, entry.data);
    }
    const interrupted = [...history.#entries]
      .filter(([, { ack }]) => !ack)
      .map(([id]) => unknownOutcome(id, nowMs()));
    for (const ack of interrupted) await history.end(ack);
    return { history, interrupted };
  }

  /** `running`: started by this process and not ended. */
  find(id: string): CommandAck | "running" | undefined {
    const entry = this.#entries.get(id);
    return entry && (entry.ack ?? "running");
  }

  /** On disk when it resolves. @throws when the disk does not take it: then nothing may be carried out */
  async start(id: string): Promise<void> {
    await this.#put(id, { atMs: this.#nowMs() });
  }

  async end(ack: CommandAck): Promise<void> {
    await this.#put(ack.id, { atMs: this.#nowMs(), ack });
  }

  async #put(id: string, entry: Entry): Promise<void> {
    this.#entries.set(id, entry);
    const old = this.#outdated();
    for (const each of old) this.#entries.delete(each);
    await this.#journal.write([
      { key: `command/${id}`, value: entry },
      ...old.map((each) => ({ key: `command/${each}`, value: undefined })),
    ]);
  }

  /** Ids sort by birth, so the first ones are the oldest. */
  #outdated(): string[] {
    const beforeMs = this.#nowMs() - keptMs;
    const surplus = this.#entries.size - keptMax;
    return [...this.#entries]
      .filter(([, { atMs, ack }], index) => ack && (index < surplus || atMs < beforeMs))
      .map(([id]) => id);
  }
}

function unknownOutcome(id: string, atMs: number): CommandAck {
  return {
    v: 1,
    id,
    state: "failed",
    code: "command.outcome-unknown",
    text: "the agent ended while the command ran",
    atMs,
  };
}
