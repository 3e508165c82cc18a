/**
 * The shadows of all things: over MQTT and over HTTP the same work and the same notifications.
 *
 * INVARIANTS: requests to one shadow are handled one after the other. The new document and everything it tells
 * (accepted, delta, documents) are one write to disk, synced before anybody hears of it.
 */
import { AwsError, notFound } from "./aws-error.ts";
import { limits } from "./limits.ts";
import type { MessageFlow } from "./message-flow.ts";
import type { Message } from "./message.ts";
import type { Registry } from "./registry.ts";
import type { ShadowGate } from "./shadow-gate.ts";
import {
  applyUpdate,
  checkVersion,
  clientTokenOf,
  deltaOf,
  fullDocument,
  type JsonObject,
  parseRequest,
  parseUpdate,
  plainDocument,
  type Shadow,
} from "./shadow-document.ts";
import { type ShadowAddress, type ShadowOperation, shadowTopic } from "./shadow-topic.ts";
import type { Store } from "./store.ts";
import type { Change } from "./table.ts";
import { Turns } from "./turns.ts";

interface Tombstone {
  readonly deletedVersion: number;
  readonly deletedAtMs: number;
}

export interface ShadowsDeps {
  readonly store: Store;
  readonly registry: Registry;
  readonly flow: MessageFlow;
  readonly gate: ShadowGate;
  readonly nowMs: () => number;
}

interface Current {
  readonly shadow?: Shadow;
  readonly version: number;
}

export class Shadows {
  readonly #deps: ShadowsDeps;
  readonly #turns = new Turns();

  constructor(deps: ShadowsDeps) {
    this.#deps = deps;
  }

  /** A request that came by MQTT: answered on `accepted` or `rejected`. Resolves when the answer is durable. */
  async answer(
    address: ShadowAddress,
    request: { operation: ShadowOperation; payload: Buffer },
  ): Promise<void> {
    try {
      await this[request.operation](address, request.payload, "mqtt");
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      const clientToken = clientTokenOf(request.payload);
      await this.#deps.flow.send({
        messages: [
          message(address, `${request.operation}/rejected`, {
            code: error.status,
            message: error.message,
            timestamp: this.#nowS(),
            ...(clientToken === undefined ? {} : { clientToken }),
          }),
        ],
      });
    }
  }

  /** @returns the body of `accepted`. */
  get(address: ShadowAddress, payload: Buffer, by: "mqtt" | "http"): Promise<JsonObject> {
    return this.#inTurn(address, by, async () => {
      const { clientToken } = parseRequest(payload);
      const { shadow } = await this.#current(address);
      if (!shadow) throw missing(address);
      const accepted = {
        ...fullDocument(shadow),
        timestamp: this.#nowS(),
        ...(clientToken === undefined ? {} : { clientToken }),
      };
      if (by === "mqtt")
        await this.#deps.flow.send({ messages: [message(address, "get/accepted", accepted)] });
      return accepted;
    });
  }

  /** @returns the body of `accepted`. */
  update(address: ShadowAddress, payload: Buffer, by: "mqtt" | "http"): Promise<JsonObject> {
    return this.#inTurn(address, by, async () => {
      const request = parseUpdate(payload);
      const before = await this.#current(address);
      const nowS = this.#nowS();
      const { shadow, metadata } = applyUpdate(before.shadow, request, {
        nowS,
        versionBefore: before.version,
      });
      const token = request.clientToken === undefined ? {} : { clientToken: request.clientToken };
      const accepted: JsonObject = {
        state: { ...request.state },
        metadata,
        version: shadow.version,
        timestamp: nowS,
        ...token,
      };
      const documents: JsonObject = {
        previous: plainDocument(before.shadow, before.version),
        current: plainDocument(shadow, shadow.version),
        timestamp: nowS,
        ...token,
      };
      const delta = deltaOf(shadow);
      const messages = [
        message(address, "update/accepted", accepted),
        message(address, "update/documents", documents),
      ];
      if (delta)
        messages.push(
          message(address, "update/delta", {
            version: shadow.version,
            timestamp: nowS,
            ...delta,
            ...token,
          }),
        );
      await this.#deps.flow.send({ messages, changes: [put(address, shadow)] });
      return accepted;
    });
  }

  /** @returns the body of `accepted`. */
  delete(address: ShadowAddress, payload: Buffer, by: "mqtt" | "http"): Promise<JsonObject> {
    return this.#inTurn(address, by, async () => {
      const { clientToken, version } = parseRequest(payload);
      const { shadow } = await this.#current(address);
      if (!shadow) throw missing(address);
      checkVersion(version, shadow.version);
      const tombstone = { deletedVersion: shadow.version, deletedAtMs: this.#deps.nowMs() };
      const accepted = {
        version: shadow.version,
        timestamp: this.#nowS(),
        ...(clientToken === undefined ? {} : { clientToken }),
      };
      await this.#deps.flow.send({
        messages: [message(address, "delete/accepted", accepted)],
        changes: [put(address, tombstone)],
      });
      return accepted;
    });
  }

  /** Names of the named shadows of a thing that exist, in alphabetical order. */
  async names(thing: string): Promise<string[]> {
    this.#deps.registry.thing(thing);
    const names: string[] = [];
    const prefix = `shadow/${encodeURIComponent(thing)}`;
    for await (const [key, value] of this.#deps.store.entries(prefix)) {
      const name = decodeURIComponent(key.slice(prefix.length + 1));
      if (name !== "" && "state" in (JSON.parse(value) as object)) names.push(name);
    }
    return names;
  }

  #inTurn(
    address: ShadowAddress,
    by: "mqtt" | "http",
    work: () => Promise<JsonObject>,
  ): Promise<JsonObject> {
    return this.#deps.gate.pass({ thing: address.thing, by }, () =>
      this.#turns.take(rowOf(address), work),
    );
  }

  async #current(address: ShadowAddress): Promise<Current> {
    if (!this.#deps.registry.things.rows.has(address.thing)) throw notFound("Thing not found");
    const text = await this.#deps.store.get(rowOf(address));
    if (text === undefined) return { version: 0 };
    const row = JSON.parse(text) as Shadow | Tombstone;
    if ("state" in row) return { shadow: row, version: row.version };
    const keptMs = limits.shadowVersionKept.value * 1000;
    const kept = this.#deps.nowMs() - row.deletedAtMs < keptMs;
    return { version: kept ? row.deletedVersion : 0 };
  }

  #nowS(): number {
    return Math.floor(this.#deps.nowMs() / 1000);
  }
}

function missing({ name }: ShadowAddress): AwsError {
  return notFound(`No shadow exists with name: '${name ?? "undefined"}'`);
}

function message(address: ShadowAddress, leaf: string, body: JsonObject): Message {
  return {
    topic: shadowTopic(address, leaf),
    payload: Buffer.from(JSON.stringify(body)),
    qos: 1,
    retain: false,
  };
}

function rowOf({ thing, name }: ShadowAddress): string {
  return `shadow/${encodeURIComponent(thing)}/${encodeURIComponent(name ?? "")}`;
}

/** Shadows are read from the store each time: there may be 64 of them for each of thousands of things. */
function put(address: ShadowAddress, row: Shadow | Tombstone): Change {
  return {
    write: { type: "put", key: rowOf(address), value: JSON.stringify(row) },
    apply: () => undefined,
  };
}
