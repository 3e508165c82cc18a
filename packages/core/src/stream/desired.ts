import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { StreamDesired } from "@sightline/contracts/desired-state";
import type { Stream } from "./stream.ts";

/** The desired half of the stream's shadow: pure, so that any writer writes the same. */
export const streamDesired = (stream: Stream): StreamDesired => ({
  v: 1,
  id: stream.id,
  revision: stream.revision,
  requestId: stream.requestId,
  localName: stream.localName,
  enabled: stream.enabled,
  source: {
    url: stream.source.url,
    transport: stream.source.transport,
    credentials: stream.source.credentials?.sealed?.text ?? "",
  },
  settings: stream.settings,
});

/** Refuses before anything is written what a shadow could not carry. @throws DomainError shadow.too-large */
export function checkDesired(stream: Stream): void {
  const sizeBytes = Buffer.byteLength(JSON.stringify(streamDesired(stream)));
  if (sizeBytes > limits.streamDesiredBytesMax)
    throw new DomainError("shadow.too-large", `the desired state is ${sizeBytes} bytes`, {
      hint: `keep it within ${limits.streamDesiredBytesMax} bytes: shorten the URL or the credentials`,
    });
}
