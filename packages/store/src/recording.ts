/**
 * The store of one call: its first change carries the call's audit record in the same transaction. What counts as a change is
 * decided here, for every method there is.
 */
import type { Store } from "@sightline/core/ports/store";
import { Database, type DatabaseOptions, type Refusal, type Refusals } from "./database.ts";
import type { Update, Write } from "./write.ts";

export type Nouns = Omit<Store, "recording">;

/**
 * `change`: somebody asked for it. `upkeep`: the system's own account of what is under way: claims, counters, marks, and what
 * boxes say of themselves; a call that writes nothing else has changed nothing.
 */
const kinds: { readonly [N in keyof Nouns]: Readonly<Record<keyof Nouns[N], Kind>> } = {
  organizations: {
    create: "change",
    get: "read",
    findByLoginPrefix: "read",
    count: "upkeep",
    change: "change",
  },
  sites: {
    create: "change",
    get: "read",
    getMany: "read",
    findByName: "read",
    list: "read",
    change: "change",
    delete: "change",
  },
  folders: { get: "read", tree: "read", create: "change", change: "change", delete: "change" },
  devices: {
    create: "change",
    get: "read",
    findByName: "read",
    organizationOf: "read",
    list: "read",
    listAll: "read",
    change: "change",
    setIdentity: "change",
    changeIdentity: "upkeep",
    setGreeting: "upkeep",
    setPresence: "upkeep",
    putReport: "upkeep",
    getReport: "read",
    putHealth: "upkeep",
    getHealth: "read",
    setSyncDue: "upkeep",
    getSyncDue: "read",
    clearSyncDue: "upkeep",
    delete: "change",
  },
  // The claim of a one-time token comes to something by the device's identity.
  enrolments: {
    create: "change",
    get: "read",
    claim: "upkeep",
    release: "upkeep",
    complete: "upkeep",
  },
  streams: {
    create: "change",
    get: "read",
    getMany: "read",
    findByName: "read",
    findByLocalName: "read",
    list: "read",
    change: "change",
    move: "change",
    delete: "change",
    assignments: "read",
    assignment: "read",
    putReport: "upkeep",
    getReport: "read",
    getReports: "read",
    reportsBetween: "read",
  },
  // Within a call a transition is a cancellation, or the first sending of what the call made before.
  commands: { create: "change", get: "read", list: "read", pending: "read", transition: "change" },
  users: {
    create: "change",
    get: "read",
    findByLogin: "read",
    list: "read",
    change: "change",
    delete: "change",
  },
  tokens: {
    create: "change",
    find: "read",
    get: "read",
    list: "read",
    rotate: "change",
    delete: "change",
  },
  // A session that goes on is none that begins: its client refreshes it without being asked to.
  sessions: { create: "change", get: "read", list: "read", rotate: "upkeep", end: "change" },
  throttle: { get: "read", count: "upkeep", uncount: "upkeep", mark: "upkeep", clear: "upkeep" },
  due: { list: "read" },
  idempotency: { claim: "upkeep", complete: "upkeep", release: "upkeep" },
  audit: { finish: "upkeep", list: "read" },
};
type Kind = "read" | "change" | "upkeep";

/** By noun. */
const changes = Object.entries(kinds).map(([noun, methods]) => {
  const names = Object.entries(methods).flatMap(([name, kind]) => (kind === "change" ? name : []));
  return [noun, names] as const;
});

type AnyNouns = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The changes of the first, and everything else of the second. */
export function withChangesOf(changing: Nouns, other: Nouns): Nouns {
  const [from, to] = [changing, other] as unknown as readonly [AnyNouns, AnyNouns];
  const nouns = changes.map(([noun, names]) => {
    const methods = names.map((name) => [name, from[noun]?.[name]]);
    return [noun, { ...to[noun], ...Object.fromEntries(methods) }];
  });
  return Object.fromEntries(nouns) as Nouns;
}

/** The same rows. Two writes at once both carry the record: it is the same one. */
export class RecordingDatabase extends Database {
  readonly #record: Update;
  readonly #recorded: () => void;
  #isDone = false;

  /** `recorded`: the record is there, or may be, because the answer got lost. */
  constructor(
    options: DatabaseOptions,
    { record, recorded }: { readonly record: Update; readonly recorded: () => void },
  ) {
    super(options);
    this.#record = record;
    this.#recorded = recorded;
  }

  override async write(write: Write): Promise<Refusal | undefined> {
    if (this.#isDone) return super.write(write);
    return (await this.transact({ change: write }))?.change;
  }

  override async transact<K extends string>(
    writes: Readonly<Record<K, Write | undefined>>,
  ): Promise<Refusals<K> | undefined> {
    if (this.#isDone) return super.transact(writes);
    try {
      const refused = await super.transact({ ...writes, auditRecord: this.#record });
      if (refused) return others(refused);
      this.#isDone = true;
      this.#recorded();
      return undefined;
    } catch (error) {
      this.#recorded();
      throw error;
    }
  }
}

/** Of the writes that were asked for. */
function others<K extends string>({
  auditRecord: _,
  ...refused
}: Refusals<K | "auditRecord">): Refusals<K> {
  if (Object.keys(refused).length === 0)
    throw new Error("the call had been answered before it came to this write");
  return refused as Refusals<K>;
}
