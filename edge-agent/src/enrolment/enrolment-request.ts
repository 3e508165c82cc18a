/** `POST /v1/enrolments`, and what can come back. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import * as z from "zod";
import { EnrolmentAnswer, type EnrolmentRequest } from "@sightline/contracts/enrolment";
import { parseJson } from "../json.ts";

export type EnrolmentReply =
  | { readonly kind: "enrolled"; readonly answer: EnrolmentAnswer }
  /** `again`: the same request may succeed later. */
  | { readonly kind: "refused"; readonly text: string; readonly again: boolean };

const Problem = z.object({
  code: z.string(),
  title: z.string().optional(),
  detail: z.string().optional(),
  hint: z.string().optional(),
});

const timeoutMs = 30_000;
const answerBytesMax = 256 * 1024;

/** @throws Error when the server is not reached, or is not the one it should be */
export async function requestEnrolment(
  url: URL,
  body: EnrolmentRequest,
  caPem: string | undefined,
): Promise<EnrolmentReply> {
  const { status, text } = await post(url, JSON.stringify(body), caPem);
  const json = parseJson(text);
  const answer = EnrolmentAnswer.safeParse(json);
  if (status >= 200 && status < 300 && answer.success)
    return { kind: "enrolled", answer: answer.data };
  return {
    kind: "refused",
    text: sentenceOf(status, json),
    again: status === 429 || status >= 500,
  };
}

function sentenceOf(status: number, json: unknown): string {
  const problem = Problem.safeParse(json);
  if (!problem.success) return `the server answered ${status}, and not as an enrolment server does`;
  const { code, title, detail, hint } = problem.data;
  const said = detail ?? title ?? "refused";
  return `${said} (${code})${hint ? `: ${hint}` : ""}`;
}

function post(
  url: URL,
  body: string,
  caPem: string | undefined,
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? httpsRequest : httpRequest)(
      url,
      {
        method: "POST",
        headers: { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) },
        agent: false,
        timeout: timeoutMs,
        ...(caPem === undefined ? {} : { ca: caPem }),
      },
      (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (part: string) => {
          text += part;
          if (text.length > answerBytesMax) request.destroy(new Error("the answer is too large"));
        });
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
        response.on("error", reject);
      },
    );
    request.on("timeout", () => request.destroy(new Error("the server did not answer in time")));
    request.on("error", reject);
    request.end(body);
  });
}
