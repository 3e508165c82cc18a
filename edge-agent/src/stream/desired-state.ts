/**
 * What the cloud wants of this device, as it is journalled.
 *
 * INVARIANTS
 * - The manifest alone says which streams the device holds.
 * - A revision never goes back while the stream stays in the manifest; that of the device's wish never at all.
 * - What is held here is on disk, as far as the disk takes it; a full disk does not keep the agent from obeying.
 */
import * as z from "zod";
import type { Manifest } from "@sightline/contracts/device-report";
import { isDomainError } from "@sightline/contracts/errors";
import { DeviceDesired, StreamDesired } from "@sightline/contracts/desired-state";
import type { DeviceWish } from "@sightline/contracts/desired-state";
import type { ReportedError } from "@sightline/contracts/stream-report";
import { noWish } from "@sightline/contracts/wish";
import type { Journal } from "../journal/journal.ts";
import type { JournalRecord } from "../journal/record.ts";
import { log, reasonOf } from "../log.ts";
import { playableUrl } from "../pipeline/source-url.ts";
import type { Target } from "../plan.ts";
import { wantedSettings } from "./effective.ts";

/** A revision that does not have the form of one: the last good one stays in force. */
const Refused = z.object({ revision: z.number().int(), text: z.string() });
const StreamRecord = z.object({ desired: StreamDesired.optional(), refused: Refused.optional() });
type StreamRecord = z.infer<typeof StreamRecord>;

export interface HeldStream extends StreamRecord {
  /** Newest revision seen, good or not. */
  readonly revision: number;
  /** With credentials; absent when they do not open or nothing good was ever seen. */
  readonly url?: string;
  /** Why the stream cannot run as it is. */
  readonly obstacle?: ReportedError;
}

/** Shadows that came before the manifest that names them. */
const earlyMax = 64;

export class DesiredState {
  readonly #journal: Journal;
  #privateKeys: readonly string[];
  readonly #streams = new Map<string, HeldStream>();
  readonly #early = new Map<string, unknown>();
  #manifest: Manifest | undefined;
  #wish: DeviceWish = noWish;

  private constructor(journal: Journal, privateKeys: readonly string[]) {
    this.#journal = journal;
    this.#privateKeys = privateKeys;
  }

  static async load(journal: Journal, privateKeys: readonly string[]): Promise<DesiredState> {
    const state = new DesiredState(journal, privateKeys);
    const wish = DeviceDesired.shape.wish.safeParse(journal.get("wish"));
    if (wish.success) state.#wish = wish.data;
    const held = DeviceDesired.shape.manifest.safeParse(journal.get("manifest"));
    if (!held.success) return state;
    const manifest = held.data;
    state.#manifest = manifest;
    for (const [id, value] of journal.entries("stream/")) {
      const record = StreamRecord.safeParse(value);
      if (record.success && Object.hasOwn(manifest, id))
        state.#streams.set(id, await state.#hold(id, record.data));
    }
    return state;
  }

  /** Of what is taken from now on: the cloud seals everything anew for a box that enrols again. */
  useKeys(privateKeys: readonly string[]): void {
    this.#privateKeys = privateKeys;
  }

  /** Undefined until the cloud has said anything. */
  get manifest(): Manifest | undefined {
    return this.#manifest;
  }

  /** What the device should be besides its streams. */
  get wish(): DeviceWish {
    return this.#wish;
  }

  get(id: string): HeldStream | undefined {
    return this.#streams.get(id);
  }

  ids(): string[] {
    return [...this.#streams.keys()];
  }

  isMember(id: string): boolean {
    return this.#manifest !== undefined && Object.hasOwn(this.#manifest, id);
  }

  /** Members whose shadow is newer than what is held. */
  behind(): string[] {
    return Object.entries(this.#manifest ?? {})
      .filter(([id, revision]) => revision > (this.#streams.get(id)?.revision ?? 0))
      .map(([id]) => id);
  }

  async takeWish(wish: DeviceWish): Promise<void> {
    if (wish.revision <= this.#wish.revision) return;
    await this.#write([{ key: "wish", value: wish }]);
    this.#wish = wish;
  }

  /** Takes the manifest; the streams that left it are forgotten and returned. */
  async takeManifest(manifest: Manifest): Promise<string[]> {
    this.#manifest = manifest;
    const gone = this.ids().filter((id) => !Object.hasOwn(manifest, id));
    for (const id of gone) this.#streams.delete(id);
    await this.#write([
      { key: "manifest", value: manifest },
      ...gone.map((id) => ({ key: `stream/${id}`, value: undefined })),
    ]);
    for (const [id, desired] of this.#early)
      if (Object.hasOwn(manifest, id)) {
        this.#early.delete(id);
        await this.takeStream(id, desired);
      }
    return gone;
  }

  /** Takes the desired half of a stream's shadow; true when it is news for a stream of the manifest. */
  async takeStream(id: string, desired: unknown): Promise<boolean> {
    if (!this.isMember(id)) {
      if (this.#early.size < earlyMax) this.#early.set(id, desired);
      return false;
    }
    const before = this.#streams.get(id);
    const record = this.#judge(id, desired);
    const revision = Math.max(record.desired?.revision ?? 0, record.refused?.revision ?? 0);
    if (revision <= (before?.revision ?? 0)) return false;
    const kept =
      record.refused && before?.desired ? { ...record, desired: before.desired } : record;
    await this.#write([{ key: `stream/${id}`, value: kept }]);
    const held = await this.#hold(id, kept);
    // The manifest may have changed while the disk was busy.
    if (!this.isMember(id) || revision <= (this.#streams.get(id)?.revision ?? 0)) return false;
    this.#streams.set(id, held);
    return true;
  }

  /** What the plan needs to know of a stream; undefined while nothing good was seen. */
  target(id: string): Target | undefined {
    const held = this.#streams.get(id);
    if (!held?.desired) return undefined;
    const { localName, enabled, revision } = held.desired;
    return {
      stream: id,
      localName,
      url: held.url ?? "",
      revision,
      ...wantedSettings(held.desired, this.#wish),
      runs: enabled && held.url !== undefined,
    };
  }

  #judge(id: string, desired: unknown): StreamRecord {
    const parsed = StreamDesired.safeParse(desired);
    if (parsed.success && parsed.data.id === id) return { desired: parsed.data };
    // The revision that it names is garbage perhaps as well, and a huge one would keep every later one out.
    const revision = this.#manifest?.[id] ?? 0;
    const text = parsed.success ? "the shadow is another stream's" : firstIssue(parsed.error);
    log.warn(`the desired state of ${id} is refused: ${text}`);
    return { refused: { revision, text } };
  }

  async #hold(id: string, record: StreamRecord): Promise<HeldStream> {
    const revision = Math.max(record.desired?.revision ?? 0, record.refused?.revision ?? 0);
    if (!record.desired) return { ...record, revision };
    try {
      const url = await playableUrl(record.desired.source, id, this.#privateKeys);
      return { ...record, revision, url };
    } catch (error) {
      const code = isDomainError(error) ? error.code : "internal";
      return { ...record, revision, obstacle: { code, text: reasonOf(error) } };
    }
  }

  async #write(records: readonly JournalRecord[]): Promise<void> {
    try {
      await this.#journal.write(records);
    } catch (error) {
      log.fail(`the journal cannot be written: ${reasonOf(error)}`);
    }
  }
}

const firstIssue = (error: z.ZodError): string => {
  const [issue] = error.issues;
  return issue ? `${issue.path.join(".")}: ${issue.message}`.slice(0, 400) : "not a desired state";
};
