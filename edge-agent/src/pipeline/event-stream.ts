/**
 * The pipeline's events, kept open. They are a doorbell: what happened is read from the list, so a lost event costs nothing but time.
 */
import { request as httpRequest, type ClientRequest } from "node:http";
import { sightlinePaths } from "@sightline/contracts/pipeline-paths";
import { PipelineEvent } from "@sightline/contracts/pipeline-api";
import { Lines } from "../lines.ts";
import { parseJson } from "../json.ts";
import type { PipelineAddress } from "./client.ts";

/** The host writes an empty line every 2 s. */
const silenceMsMax = 6_000;
const againAfterMs = 500;

export class EventStream {
  readonly #address: PipelineAddress;
  readonly #ring: (event: PipelineEvent) => void;
  #after = 0;
  #request: ClientRequest | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(address: PipelineAddress, ring: (event: PipelineEvent) => void) {
    this.#address = address;
    this.#ring = ring;
    this.#open();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#request?.destroy();
  }

  #open(): void {
    const request = httpRequest(
      `${this.#address.url}${sightlinePaths.events}?after=${this.#after}`,
      { headers: { Authorization: `Bearer ${this.#address.token}` }, agent: false },
      (response) => {
        const lines = new Lines((line) => this.#take(line));
        response.setEncoding("utf8");
        response.on("data", (part: string) => lines.push(part));
        response.on("error", () => request.destroy());
      },
    );
    this.#request = request;
    request.setTimeout(silenceMsMax, () => request.destroy());
    request.on("error", () => undefined);
    request.on("close", () => {
      if (!this.#closed) this.#timer = setTimeout(() => this.#open(), againAfterMs);
    });
    request.end();
  }

  #take(line: string): void {
    const read = parseJson(line);
    const numbered = PipelineEvent.pick({ seq: true }).safeParse(read);
    if (!numbered.success || this.#closed) return;
    // Also past a kind that this agent does not know: it would come again at every connection.
    this.#after = numbered.data.seq;
    const parsed = PipelineEvent.safeParse(read);
    // These change no state, and there may be hundreds a second.
    const isNews =
      parsed.success && parsed.data.kind !== "object" && parsed.data.kind !== "progress";
    if (isNews) this.#ring(parsed.data);
  }
}
