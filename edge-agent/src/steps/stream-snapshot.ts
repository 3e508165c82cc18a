/** Uploads the newest frame to the one-time URL that came with the command. */
import { request as httpRequest } from "node:http";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { frameTimeHeader } from "@sightline/contracts/pipeline-paths";
import type { RunCommand } from "./run-command.ts";

const uploadTimeoutMs = 10_000;

export const streamSnapshot: RunCommand<"stream.snapshot"> = async (deps, args, requestId) => {
  const { camera_id, lastFrameAtMs } = await deps.entry(args.stream);
  const { status, headers, body } = await deps.driver().snapshot(camera_id, requestId);
  if (status !== 200)
    throw new DomainError("stream.no-frame", `the pipeline gave no picture (${status})`);
  if (body.length > limits.snapshotBytesMax)
    throw new DomainError("input.too-large", `the picture has ${body.length} bytes`);
  await upload(args.uploadUrl, body, deps.caPem);
  return { frameAtMs: Number(headers[frameTimeHeader]) || lastFrameAtMs, sizeBytes: body.length };
};

/** @throws DomainError gateway.unavailable */
async function upload(url: string, body: Buffer, caPem: string): Promise<void> {
  const isTls = url.startsWith("https:");
  const request = isTls ? (await import("node:https")).request : httpRequest;
  const trust = isTls ? { ca: [...(await import("node:tls")).rootCertificates, caPem] } : {};
  return new Promise((resolve, reject) => {
    const fail = (text: string, cause?: unknown): void =>
      reject(
        new DomainError("gateway.unavailable", `the picture was not uploaded: ${text}`, { cause }),
      );
    const sent = request(
      url,
      {
        method: "PUT",
        // S3 signs the condition: the URL takes one upload.
        headers: {
          "Content-Type": "image/jpeg",
          "Content-Length": body.length,
          "If-None-Match": "*",
        },
        agent: false,
        ...trust,
      },
      (response) => {
        response.resume();
        response.on("end", () => {
          const status = response.statusCode ?? 0;
          if (status >= 200 && status < 300) resolve();
          else fail(`the server answered ${status}`);
        });
        response.on("error", (error) => fail(error.message, error));
      },
    );
    const timer = setTimeout(() => {
      fail("the server did not answer in time");
      sent.destroy();
    }, uploadTimeoutMs);
    sent.on("error", (error) => fail(error.message, error));
    sent.on("close", () => clearTimeout(timer));
    sent.end(body);
  });
}
