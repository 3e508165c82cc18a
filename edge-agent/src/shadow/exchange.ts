/**
 * Requests and answers of named shadows over MQTT, matched by `clientToken`.
 *
 * The SDK's shadow client subscribes per shadow, and AWS allows 50 subscriptions a connection: 64 streams would not fit. Here five
 * wildcard filters serve every shadow of the thing.
 */
import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import * as z from "zod";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { shadowTopics } from "@sightline/contracts/topics";
import { parseJson } from "../json.ts";
import type { Subscription } from "../transport/transport.ts";
import { RateLimit } from "./rate-limit.ts";

export interface ShadowDocument {
  readonly desired: unknown;
  readonly reported: unknown;
  readonly version: number;
}

/** Somebody wrote the desired half: what was written, or what differs now. */
export interface Ring {
  readonly shadow: string;
  readonly changed: unknown;
  readonly version: number;
}

export interface ExchangeOptions {
  readonly thing: string;
  readonly publish: (topic: string, payload: string) => Promise<void>;
  /** The server's time in whole seconds, from every answer. */
  readonly learnTime: (timestampS: number) => void;
  readonly timeoutMs?: number;
  /** Least pause after an answer 429; doubled each time. */
  readonly throttledMs?: number;
}

/** The gateway took too much for this thing in this second: answered 429, asked again. */
class Throttled extends Error {}

const throttledTries = 5;

/** Times that a server may have: it sets the clock that commands expire and certificates are renewed by. */
const serverTimeS = { min: Date.UTC(2025, 0) / 1000, max: Date.UTC(2100, 0) / 1000 };

/** What a delta or an answer carries, as far as it is looked at. */
const Message = z.object({
  clientToken: z.string().optional(),
  // An odd time alone is no reason not to hear the rest.
  timestamp: z.number().int().min(serverTimeS.min).max(serverTimeS.max).optional().catch(undefined),
  version: z.number().int().nonnegative().optional(),
  code: z.number().optional(),
  message: z.string().optional(),
  state: z.unknown().optional(),
});
type Message = z.infer<typeof Message>;
const DocumentState = z.object({
  desired: z.unknown().optional(),
  reported: z.unknown().optional(),
});

interface Waiting {
  readonly resolve: (message: Message) => void;
  readonly reject: (error: Error) => void;
}

/**
 * What to subscribe before any request: five filters, AWS takes eight a packet.
 *
 * With QoS 0, for speed: the AWS runtime does not set TCP_NODELAY, so whatever is sent right after a PUBACK waits for the server's
 * delayed ACK, 40 ms each for the request and for the report. A lost answer is asked for again, a lost ring is made up for by the
 * receiver's own look now and then.
 */
export const shadowSubscriptions = (thing: string): Subscription[] =>
  ["update/delta", "update/accepted", "update/rejected", "get/accepted", "get/rejected"].map(
    (leaf) => ({ filter: `${shadowTopics.stem(thing, "+")}/${leaf}`, qos: 0 }),
  );

export class ShadowExchange {
  readonly #options: ExchangeOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #rate = new RateLimit({
    perSecond: limits.agentShadowRequestsPerSecondMax,
    inFlight: limits.shadowRequestsInFlightMax,
  });

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** @throws DomainError shadow.not-found | gateway.unavailable (refused, timed out or disconnected) */
  async get(shadow: string): Promise<ShadowDocument> {
    const answer = await this.#run("urgent", () => this.#request(shadow, "get", {}));
    const { desired, reported } = stateOf(answer);
    return { desired, reported, version: answer.version ?? 0 };
  }

  /**
   * Sends the reported state that `build` makes when the turn comes; undefined then means that there is nothing to say any more.
   * @throws DomainError shadow.too-large | gateway.unavailable
   */
  async report(
    shadow: string,
    urgency: "urgent" | "calm",
    build: () => object | undefined,
  ): Promise<void> {
    await this.#run(urgency, async () => {
      const reported = build();
      if (reported) await this.#request(shadow, "update", { state: { reported } });
    });
  }

  /**
   * Takes an answer. What says that the desired half was written is returned: a delta, or an accepted update of somebody else. The
   * second is needed because a key that leaves the desired half makes no delta.
   * [AWS IoT Core developer guide, "Device Shadow service documents", delta state]
   */
  receive(topic: string, payload: string): Ring | undefined {
    const parsed = shadowTopics.parse(topic);
    if (parsed?.thing !== this.#options.thing) return undefined;
    const message = Message.safeParse(parseJson(payload));
    if (!message.success) return undefined;
    const { timestamp, clientToken, version = 0, code, message: text } = message.data;
    if (timestamp !== undefined) this.#options.learnTime(timestamp);
    const { shadow } = parsed;
    if (parsed.leaf === "update/delta") return { shadow, changed: message.data.state, version };
    const waiting = clientToken === undefined ? undefined : this.#waiting.get(clientToken);
    if (parsed.leaf.endsWith("/rejected")) waiting?.reject(refusal(code, text));
    else if (waiting) waiting.resolve(message.data);
    else if (parsed.leaf === "update/accepted")
      return { shadow, changed: stateOf(message.data).desired, version };
    return undefined;
  }

  /** The connection is gone, and every answer with it. */
  disconnected(): void {
    for (const { reject } of this.#waiting.values()) reject(unavailable("the connection ended"));
  }

  async #run<T>(urgency: "urgent" | "calm", work: () => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#rate.run(urgency, work);
      } catch (error) {
        if (!(error instanceof Throttled)) throw error;
        if (tries >= throttledTries) throw unavailable(error.message);
        const pauseMs = (this.#options.throttledMs ?? 250) * 2 ** (tries - 1);
        await delay(pauseMs * (1 + Math.random()));
      }
    }
  }

  async #request(shadow: string, leaf: "get" | "update", body: object): Promise<Message> {
    const clientToken = randomBytes(12).toString("base64url");
    const answer = new Promise<Message>((resolve, reject) => {
      this.#waiting.set(clientToken, { resolve, reject });
    });
    const timer = setTimeout(
      () =>
        this.#waiting.get(clientToken)?.reject(unavailable("the shadow did not answer in time")),
      this.#options.timeoutMs ?? 10_000,
    );
    const topic = `${shadowTopics.stem(this.#options.thing, shadow)}/${leaf}`;
    try {
      // The answer may come before the PUBACK, and need not wait for it.
      const published = this.#options.publish(topic, JSON.stringify({ ...body, clientToken }));
      published.catch(() => this.#waiting.get(clientToken)?.reject(unavailable("not published")));
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(clientToken);
    }
  }
}

const stateOf = ({ state }: Message): z.infer<typeof DocumentState> => {
  const parsed = DocumentState.safeParse(state);
  return parsed.success ? parsed.data : {};
};

function refusal(code: number | undefined, text = "refused"): Error {
  if (code === 404) return new DomainError("shadow.not-found", text);
  if (code === 413) return new DomainError("shadow.too-large", text);
  if (code === 429) return new Throttled(text);
  return unavailable(`${code ?? ""} ${text}`.trim());
}

const unavailable = (text: string): DomainError => new DomainError("gateway.unavailable", text);
