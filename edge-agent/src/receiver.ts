/**
 * Hears what the cloud wants. Messages about the desired half are a doorbell: what is behind the door is fetched.
 *
 * One request per shadow at a time, so answers cannot overtake each other; a ring for a newer version than the answer's means one
 * more, and is then not believed. What stays missing is asked for again with back-off, after another hello: the cloud answers that
 * with a full sync.
 */
import * as z from "zod";
import { Manifest } from "@sightline/contracts/device-report";
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { DeviceDesired } from "@sightline/contracts/desired-state";
import { noWish } from "@sightline/contracts/wish";
import { deviceShadow, streamOfShadow, streamShadow } from "@sightline/contracts/shadow";
import { BackOff } from "./back-off.ts";
import { log, reasonOf } from "./log.ts";
import type { Ring, ShadowDocument, ShadowExchange } from "./shadow/exchange.ts";
import type { DesiredState } from "./stream/desired-state.ts";

export interface ReceiverDeps {
  readonly exchange: ShadowExchange;
  readonly state: DesiredState;
  readonly online: () => boolean;
  readonly hello: () => Promise<void>;
  /** The desired state is another one now. */
  readonly changed: () => void;
  /** The manifest is known for the first time in this session. */
  readonly caughtUp: () => void;
  /** The manifest that the device shadow has as reported. */
  readonly mirrored: (manifest: Manifest) => void;
}

/** Rings come with QoS 0: so often the device's shadow is read without one, in ms. */
const lookIntervalMs = 300_000;

/** A wish that has not the form of one must not hide which streams the device has. */
const Desired = DeviceDesired.extend({
  wish: DeviceDesired.shape.wish.catch(() => {
    log.warn("what the device should be does not have the form of it; it stays as it is");
    return noWish;
  }),
});

const Reported = z.object({ manifest: Manifest });

export class Receiver {
  readonly #deps: ReceiverDeps;
  /** Shadows being fetched, with the version that the answer must have at least. */
  readonly #fetching = new Map<string, number>();
  readonly #backOff = new BackOff({ firstMs: 1_000, maxMs: 60_000, jitter: 0.2 });
  #timer: NodeJS.Timeout | undefined;
  #lookTimer: NodeJS.Timeout | undefined;
  /** Shadows whose newest version could not be had. */
  readonly #failed = new Set<string>();
  #knowsManifest = false;
  /** A shadow that must exist does not: the cloud has to be told. */
  #missing = false;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  /**
   * In this session. Before, nothing may be reported of a stream: it may have left the manifest meanwhile, and a report would bring
   * its shadow back.
   */
  get knowsManifest(): boolean {
    return this.#knowsManifest;
  }

  connected(): void {
    this.#failed.clear();
    this.#backOff.reset();
    this.#fetch(deviceShadow);
    clearInterval(this.#lookTimer);
    this.#lookTimer = setInterval(() => this.#fetch(deviceShadow), lookIntervalMs);
  }

  disconnected(): void {
    this.#knowsManifest = false;
    clearInterval(this.#lookTimer);
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A change without these keys is the echo of a report. */
  ring({ shadow, changed, version }: Ring): void {
    if (shadow !== deviceShadow && streamOfShadow(shadow) === undefined) return;
    const keys = shadow === deviceShadow ? ["manifest", "wish"] : ["revision"];
    if (typeof changed !== "object" || changed === null) return;
    if (keys.some((key) => Object.hasOwn(changed, key))) this.#fetch(shadow, version);
  }

  #fetch(shadow: string, version = 0): void {
    const wanted = this.#fetching.get(shadow);
    this.#fetching.set(shadow, Math.max(version, wanted ?? 0));
    if (wanted === undefined) void this.#run(shadow);
  }

  async #run(shadow: string): Promise<void> {
    let isBehind: boolean;
    do {
      let version: number | undefined;
      try {
        const document = await this.#deps.exchange.get(shadow);
        version = document.version;
        await this.#take(shadow, document);
        this.#failed.delete(shadow);
      } catch (error) {
        this.#failed.add(shadow);
        if (isDomainError(error, "shadow.not-found")) this.#missing = true;
        else log.warn(`shadow ${shadow} was not read: ${reasonOf(error)}`);
      }
      isBehind = version !== undefined && version < (this.#fetching.get(shadow) ?? 0);
      // From here on rings count anew: a version that never was must not be asked for without end.
      this.#fetching.set(shadow, 0);
    } while (isBehind && this.#deps.online());
    this.#fetching.delete(shadow);
    if (this.#fetching.size === 0) this.#judge();
  }

  async #take(shadow: string, document: ShadowDocument): Promise<void> {
    const stream = streamOfShadow(shadow);
    if (stream !== undefined) {
      if (await this.#deps.state.takeStream(stream, document.desired)) this.#deps.changed();
      return;
    }
    const reported = Reported.safeParse(document.reported);
    if (reported.success) this.#deps.mirrored(reported.data.manifest);
    const desired = Desired.safeParse(document.desired);
    // Nothing written yet, or garbage: what is held stays in force.
    if (!desired.success) throw new DomainError("shadow.not-found", "the device has no manifest");
    await this.#deps.state.takeManifest(desired.data.manifest);
    await this.#deps.state.takeWish(desired.data.wish);
    this.#deps.changed();
    if (!this.#knowsManifest) {
      this.#knowsManifest = true;
      this.#deps.caughtUp();
    }
    for (const id of this.#deps.state.behind()) this.#fetch(streamShadow(id));
  }

  /** All requests are answered: is anything still missing? */
  #judge(): void {
    if (!this.#deps.online()) return;
    const { state } = this.#deps;
    for (const shadow of this.#failed)
      if (shadow !== deviceShadow && !state.isMember(streamOfShadow(shadow) ?? ""))
        this.#failed.delete(shadow);
    if (this.#failed.size === 0 && state.behind().length === 0) {
      this.#backOff.reset();
      this.#missing = false;
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#again();
    }, this.#backOff.next());
  }

  async #again(): Promise<void> {
    if (!this.#deps.online()) return;
    if (this.#missing) {
      this.#missing = false;
      try {
        await this.#deps.hello();
      } catch (error) {
        log.warn(`hello was not published: ${reasonOf(error)}`);
      }
    }
    for (const shadow of new Set([deviceShadow, ...this.#failed])) this.#fetch(shadow);
  }
}
