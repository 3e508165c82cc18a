/** One HTTP request to a pipeline, with a deadline over all of it. On node:http: the built-in fetch would double the agent's memory. */
import { request as httpRequest, type IncomingMessage } from "node:http";
import { DomainError } from "@sightline/contracts/errors";

export interface PipelineRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly timeoutMs: number;
}

export interface PipelineAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const answerBytesMax = 16 * 1024 * 1024;

/** @throws DomainError pipeline.unavailable */
export function requestPipeline(wanted: PipelineRequest): Promise<PipelineAnswer> {
  return new Promise((resolve, reject) => {
    const fail = (text: string, cause?: unknown): void =>
      reject(new DomainError("pipeline.unavailable", text, { cause }));
    let isAnswered = false;
    const request = httpRequest(
      wanted.url,
      { method: wanted.method, headers: { ...headersOf(wanted) }, agent: false },
      (response) => {
        isAnswered = true;
        collect(response).then(resolve, (error: unknown) => fail(String(error), error));
      },
    );
    const timer = setTimeout(() => {
      fail(`the pipeline did not answer within ${wanted.timeoutMs} ms`);
      request.destroy();
    }, wanted.timeoutMs);
    request.on("error", (error) => fail(error.message, error));
    request.on("close", () => {
      clearTimeout(timer);
      // After a 101 that nobody asked for there is neither an answer nor an error.
      if (!isAnswered) fail("the pipeline closed the connection without an answer");
    });
    request.end(wanted.body);
  });
}

/** A request's id comes with the desired state: one that no header can hold must not keep the change from being carried out. */
export const requestIdHeader = (requestId: string): { readonly "X-Request-Id": string } => ({
  "X-Request-Id": requestId.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 64),
});

const headersOf = ({ headers, body }: PipelineRequest): Record<string, string> => ({
  Accept: "application/json",
  ...headers,
  // DeepStream's server takes a chunked body for an empty one.
  ...(body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) }),
});

async function collect(response: IncomingMessage): Promise<PipelineAnswer> {
  const parts: Buffer[] = [];
  let sizeBytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    sizeBytes += part.length;
    if (sizeBytes > answerBytesMax) throw new Error("the pipeline's answer is too large");
    parts.push(part);
  }
  return {
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: Buffer.concat(parts),
  };
}
