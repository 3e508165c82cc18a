/**
 * What one connection has been sent and not acknowledged: beyond the limit messages wait, in their order.
 *
 * INVARIANT: while what a session had waiting is sent, everything newer waits behind it.
 */
import { limits } from "./limits.ts";
import type { SessionPacket } from "./sessions.ts";

export class OutboundWindow {
  readonly #held: (() => void)[] = [];
  readonly #onDropped: () => void;
  #inFlight = 0;
  /** Sequence of the last message that a session had waiting. */
  #drainingUntil: number | undefined;
  #closed = false;
  #wake: (() => void) | undefined;

  constructor(onDropped: () => void) {
    this.#onDropped = onDropped;
  }

  /** Sends now, or when its turn comes. What is sent tells so by `sent`. */
  offer(send: () => void): void {
    if (this.#closed) return;
    if (this.#drainingUntil === undefined && this.#held.length === 0 && this.#hasRoom()) {
      send();
      return;
    }
    this.#held.push(send);
    if (this.#held.length <= limits.sessionQueue.value) return;
    this.#held.shift();
    this.#onDropped();
  }

  /** Passes on what a session had waiting, as fast as it is acknowledged. `passed` tells when one has left. */
  async *drain(
    packets: readonly SessionPacket[],
    isSent: (packet: SessionPacket) => boolean,
  ): AsyncGenerator<SessionPacket> {
    this.#drainingUntil = packets.at(-1)?.brokerCounter;
    for (const packet of packets) {
      while (!this.#hasRoom() && !this.#closed)
        await new Promise<void>((resolve) => (this.#wake = resolve));
      if (this.#closed) return;
      if (isSent(packet)) this.sent();
      yield packet;
    }
  }

  /** aedes writes this packet in the same turn of the event loop. */
  passed(sequence: number): void {
    if (sequence !== this.#drainingUntil) return;
    setImmediate(() => {
      this.#drainingUntil = undefined;
      this.#release();
    });
  }

  sent(): void {
    this.#inFlight++;
  }

  acknowledged(): void {
    // A client may acknowledge what it was never sent.
    this.#inFlight = Math.max(0, this.#inFlight - 1);
    this.#wake?.();
    if (this.#drainingUntil === undefined) this.#release();
  }

  close(): void {
    this.#closed = true;
    this.#held.length = 0;
    this.#wake?.();
  }

  #hasRoom(): boolean {
    return this.#inFlight < limits.unacknowledged.value;
  }

  #release(): void {
    while (this.#hasRoom()) {
      const send = this.#held.shift();
      if (!send) return;
      send();
    }
  }
}
