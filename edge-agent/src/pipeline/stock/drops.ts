/**
 * Cameras that the server dropped without a word. Each that does is added again, at first at once and then after longer and longer
 * waits: an addition that is bound to fail costs the server as much as one that is not.
 */
import { DomainError } from "@sightline/contracts/errors";
import { BackOff } from "../../back-off.ts";
import type { CameraRef } from "../driver.ts";

interface Addition {
  readonly url: string;
  readonly atMs: number;
  readonly waitMs: number;
  readonly backOff: BackOff;
}

/** A camera that lasted so long is good for another attempt at once. */
const soundAfterMs = 90_000;

export class Drops {
  readonly #additions = new Map<string, Addition>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** Before an addition of a camera that the server does not list. @throws DomainError native.refused */
  assertDue({ localName, url }: CameraRef): void {
    const last = this.#additions.get(localName);
    if (last?.url !== url || this.#nowMs() - last.atMs >= last.waitMs) return;
    throw new DomainError(
      "native.refused",
      "the server took the camera and dropped it again without a word; it gets it once more shortly",
      { hint: "look whether the camera answers and its URL plays" },
    );
  }

  added({ localName, url }: CameraRef): void {
    const atMs = this.#nowMs();
    for (const [name, { atMs: addedAtMs }] of this.#additions)
      if (atMs - addedAtMs > soundAfterMs) this.#additions.delete(name);
    const last = this.#additions.get(localName);
    if (last?.url !== url) {
      const backOff = new BackOff({ firstMs: 4_000, maxMs: 60_000 });
      this.#additions.set(localName, { url, atMs, waitMs: 0, backOff });
    } else this.#additions.set(localName, { ...last, atMs, waitMs: last.backOff.next() });
  }

  removed(localName: string): void {
    this.#additions.delete(localName);
  }
}
