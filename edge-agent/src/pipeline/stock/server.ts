/**
 * NVIDIA's REST server over HTTP.
 *
 * INVARIANTS
 * - One request at a time: its list hands out texts that a removal at the same moment frees.
 * - Success is wire 200, a body status of 200 and a reason that ends in `_SUCCESS`; nothing else is.
 * - A body has its length in front; a chunked one counts as none there, and an empty one can end the process.
 */
import { DomainError } from "@sightline/contracts/errors";
import { DeepstreamAnswer } from "@sightline/contracts/pipeline-api";
import { parseJson } from "../../json.ts";
import {
  requestIdHeader,
  requestPipeline,
  type PipelineAnswer,
  type PipelineRequest,
} from "../request.ts";

export interface StockAnswer {
  readonly isSuccess: boolean;
  /** What the server says, for people. */
  readonly reason: string;
}

export interface StockServerOptions {
  /** `http://host:port` */
  readonly url: string;
  /** No process listens there any more. */
  readonly lost: (reason: string) => void;
}

/** A list waits for the bin's lock, a state for the pipeline. */
const readTimeoutMs = 3_000;
/** An addition waits for the camera's elements. */
const writeTimeoutMs = 10_000;

/** Longest text of a foreign server that goes on. */
const reasonCharactersMax = 300;

export class StockServer {
  readonly #options: StockServerOptions;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(options: StockServerOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  /** What waits for its turn is not sent any more. */
  close(): void {
    this.#isClosed = true;
  }

  /** @throws DomainError pipeline.unavailable */
  get(path: string, timeoutMs = readTimeoutMs): Promise<PipelineAnswer> {
    return this.#inTurn({ method: "GET", url: this.#url(path), headers: {}, timeoutMs });
  }

  /** @throws DomainError pipeline.unavailable */
  async post(path: string, body: object, requestId: string): Promise<StockAnswer> {
    const answer = await this.#inTurn({
      method: "POST",
      url: this.#url(path),
      headers: { "Content-Type": "application/json", ...requestIdHeader(requestId) },
      body: JSON.stringify(body),
      timeoutMs: writeTimeoutMs,
    });
    return readAnswer(answer);
  }

  #url(path: string): string {
    return `${this.#options.url}${path}`;
  }

  #inTurn(request: PipelineRequest): Promise<PipelineAnswer> {
    const sent = this.#last.then(() => this.#send(request));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async #send(request: PipelineRequest): Promise<PipelineAnswer> {
    if (this.#isClosed)
      throw new DomainError("pipeline.unavailable", "the pipeline on the box does not answer");
    try {
      return await requestPipeline(request);
    } catch (error) {
      if (isRefused(error)) this.#options.lost("nothing listens at the pipeline's URL");
      throw error;
    }
  }
}

/** The reason of the answer, whatever the wire says: newer servers may put the code there, too. */
export function readAnswer({ status, body }: PipelineAnswer): StockAnswer {
  const parsed = DeepstreamAnswer.safeParse(parseJson(body.toString("utf8")));
  if (!parsed.success)
    return { isSuccess: false, reason: `the server answered ${status} in no form of DeepStream's` };
  const { reason, status: said } = parsed.data;
  const isSuccess =
    status === 200 && /^HTTP\/1\.1 200(?: |$)/.test(said) && reason.endsWith("_SUCCESS");
  const text = reason === "" ? `the server answered ${said} without a reason` : reason;
  return { isSuccess, reason: text.slice(0, reasonCharactersMax) };
}

/** [errno(3)] A connection that is cut off proves nothing: the next probe tells. */
function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && (cause as NodeJS.ErrnoException).code === "ECONNREFUSED";
}
