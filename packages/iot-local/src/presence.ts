/**
 * Lifecycle events. [AWS IoT Core Developer Guide, "Lifecycle events"]
 *
 * The connected and the disconnected event of one connection carry the same version number; each connection of a client
 * id has a higher one than those before. Unlike AWS, numbers never start again at 0. Who was connected when the process
 * ended, in whatever way, and is not back in time, is reported as disconnected by the next process.
 */
import { randomUUID } from "node:crypto";
import type { MessageFlow } from "./message-flow.ts";
import type { Message } from "./message.ts";
import type { Store } from "./store.ts";
import { type Change, Table } from "./table.ts";
import type { Wills } from "./wills.ts";

export type DisconnectReason =
  | "AUTH_ERROR"
  | "CLIENT_INITIATED_DISCONNECT"
  | "CLIENT_ERROR"
  | "CONNECTION_LOST"
  | "DUPLICATE_CLIENTID"
  | "MQTT_KEEP_ALIVE_TIMEOUT"
  | "SERVER_ERROR"
  | "API_INITIATED_DISCONNECT";

interface PresenceRow {
  readonly versionNumber: number;
  readonly sessionIdentifier: string;
  readonly principalIdentifier: string;
  readonly connected: boolean;
}

const backWithinMs = 5_000;

export class Presence {
  readonly #table = new Table<PresenceRow>("presence");
  readonly #deps: { flow: MessageFlow; wills: Wills; nowMs: () => number };
  /** Client id → session of those who were connected to the process before. */
  readonly #missing = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(deps: { flow: MessageFlow; wills: Wills; nowMs: () => number }) {
    this.#deps = deps;
  }

  static async open(
    store: Store,
    deps: { flow: MessageFlow; wills: Wills; nowMs: () => number },
  ): Promise<Presence> {
    const presence = new Presence(deps);
    await presence.#table.load(store);
    for (const [clientId, row] of presence.#table.rows)
      if (row.connected) presence.#missing.set(clientId, row.sessionIdentifier);
    return presence;
  }

  /** Starts the wait for those who were connected to the process before. */
  start(onError: (error: unknown) => void): void {
    if (this.#missing.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#reportMissing().catch(onError);
    }, backWithinMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async connected(clientId: string, principalIdentifier: string, ipAddress: string): Promise<void> {
    const row: PresenceRow = {
      versionNumber: (this.#table.rows.get(clientId)?.versionNumber ?? 0) + 1,
      sessionIdentifier: randomUUID(),
      principalIdentifier,
      connected: true,
    };
    const messages = this.#message(clientId, "connected", { ...identity(row), ipAddress });
    await this.#deps.flow.send({ messages, changes: [this.#set(clientId, row)] });
  }

  async disconnected(clientId: string, disconnectReason: DisconnectReason): Promise<void> {
    const row = this.#table.rows.get(clientId);
    if (!row?.connected) return;
    const change = this.#set(clientId, { ...row, connected: false });
    const messages = this.#message(clientId, "disconnected", {
      ...identity(row),
      clientInitiatedDisconnect: disconnectReason === "CLIENT_INITIATED_DISCONNECT",
      disconnectReason,
    });
    await this.#deps.flow.send({ messages, changes: [change] });
  }

  /** Visible at once and only then: the next event of this client may come before this one is on disk. */
  #set(clientId: string, row: PresenceRow): Change {
    const change = this.#table.set(clientId, row);
    change.apply();
    return { write: change.write, apply: () => undefined };
  }

  async #reportMissing(): Promise<void> {
    for (const [clientId, session] of this.#missing) {
      // Back already, even if only while the others were reported.
      if (this.#table.rows.get(clientId)?.sessionIdentifier !== session) continue;
      const reported = this.disconnected(clientId, "SERVER_ERROR");
      const will = this.#deps.wills.get(clientId);
      this.#deps.wills.set(clientId, undefined);
      if (will) {
        const payload = Buffer.from(will.payload, "base64");
        await this.#deps.flow.send({ messages: [{ ...will, payload, clientId }] });
      }
      await reported;
    }
    this.#missing.clear();
  }

  #message(
    clientId: string,
    eventType: "connected" | "disconnected",
    details: Record<string, unknown>,
  ): Message[] {
    // "Client IDs that contain # or + do not receive lifecycle events."
    if (/[#+]/.test(clientId)) return [];
    const event = { clientId, timestamp: this.#deps.nowMs(), eventType, ...details };
    return [
      {
        topic: `$aws/events/presence/${eventType}/${clientId}`,
        payload: Buffer.from(JSON.stringify(event)),
        qos: 1,
        retain: false,
      },
    ];
  }
}

function identity(row: PresenceRow): Omit<PresenceRow, "connected"> {
  const { versionNumber, sessionIdentifier, principalIdentifier } = row;
  return { sessionIdentifier, principalIdentifier, versionNumber };
}
