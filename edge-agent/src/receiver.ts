/**
 * Hears what the cloud wants. Deltas are a doorbell: what is behind the door is fetched.
 *
 * One request per shadow at a time, so answers cannot overtake each other; a ring during a request means one more. What stays missing
 * is asked for again with back-off, after another hello: the cloud answers that with a full sync.
 */
import * as z from "zod";
import { Manifest } from "@sightline/contracts/device-report";
import { isDomainError } from "@sightline/contracts/errors";
import { DeviceDesired, deviceShadow, streamOfShadow, streamShadow } from "@sightline/contracts/shadow";
import { BackOff } from "./back-off.ts";
import { log, reasonOf } from "./log.ts";
import type { ShadowDocument, ShadowExchange } from "./shadow/exchange.ts";
import type { DesiredState } from "./stream/desired-state.ts";

export interface ReceiverDeps {
  readonly exchange: ShadowExchange;
  readonly state: DesiredState;
  readonly online: () => boolean;
  readonly hello: () => Promise<void>;
  /** The desired state is another one now. */
  readonly changed: () => void;
  /** The manifest that the device shadow has as reported. */
  readonly mirrored: (manifest: Manifest) => void;
}

const Reported = z.object({ manifest: Manifest });

export class Receiver {
  readonly #deps: ReceiverDeps;
  /** Shadows being fetched; true when they have to be fetched once more. */
  readonly #fetching = new Map<string, boolean>();
  readonly #backOff = new BackOff({ firstMs: 1_000, maxMs: 60_000, jitter: 0.2 });
  #timer: NodeJS.Timeout | undefined;
  /** The device's shadow has been read on this connection. */
  #current = false;
  #missing = false;

  constructor(deps: ReceiverDeps) {
    this.#deps = deps;
  }

  connected(): void {
    this.#current = false;
    this.#backOff.reset();
    this.#fetch(deviceShadow);
  }

  disconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** A delta without these keys is the echo of a report. */
  ring(shadow: string, delta: unknown): void {
    if (shadow !== deviceShadow && streamOfShadow(shadow) === undefined) return;
    const key = shadow === deviceShadow ? "manifest" : "revision";
    if (typeof delta === "object" && delta !== null && Object.hasOwn(delta, key)) this.#fetch(shadow);
  }

  #fetch(shadow: string): void {
    if (this.#fetching.has(shadow)) this.#fetching.set(shadow, true);
    else void this.#run(shadow);
  }

  async #run(shadow: string): Promise<void> {
    do {
      this.#fetching.set(shadow, false);
      try {
        await this.#take(shadow, await this.#deps.exchange.get(shadow));
      } catch (error) {
        if (isDomainError(error, "shadow.not-found")) this.#missing = true;
        else log.warn(`shadow ${shadow} was not read: ${reasonOf(error)}`);
      }
    } while (this.#fetching.get(shadow) === true && this.#deps.online());
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
    const desired = DeviceDesired.safeParse(document.desired);
    if (!desired.success) {
      // Nothing written yet, or garbage: what is held stays in force.
      this.#missing = true;
      return;
    }
    this.#current = true;
    await this.#deps.state.takeManifest(desired.data.manifest);
    this.#deps.changed();
    for (const id of this.#deps.state.behind()) this.#fetch(streamShadow(id));
  }

  /** All requests are answered: is anything still missing? */
  #judge(): void {
    if (!this.#deps.online()) return;
    if (this.#current && this.#deps.state.behind().length === 0) {
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
    this.#fetch(deviceShadow);
  }
}
