/** Streams as a client of one device adds and removes them: by their local name, and until the box has said its word. */
import { DomainError, isDomainError } from "@sightline/contracts/errors";
import { isId } from "@sightline/contracts/ids";
import { limits } from "@sightline/contracts/limits";
import type { StreamState } from "@sightline/contracts/stream-report";
import type { Device } from "../device/device.ts";
import { isStopped, pendingWord, reasonOf, type DeviceWord } from "../device/word.ts";
import type { Actor, Deps } from "../ports/deps.ts";
import { hasAnswered } from "./answer.ts";
import { createStream } from "./create.ts";
import { deleteStreamAndWait } from "./delete.ts";
import { findOnDevice } from "./find.ts";
import { isSameSource, type SourceInput } from "./source.ts";
import type { Stream } from "./stream.ts";
import { waitForAnswer } from "./wait.ts";
import { withdrawCreate } from "./withdraw.ts";

export interface LocalStream {
  readonly device: Device;
  readonly localName: string;
  readonly title: string;
  readonly source: SourceInput;
}

/** In these the box does not hold it. */
const notAdded: ReadonlySet<StreamState> = new Set(["refused", "quarantined", "stopped"]);

/** Others that write at the same time come first so often. */
const tries = 3;

/**
 * Adds a stream and waits until the device has it; frames are not waited for. Adding the same one again, before the device has
 * answered, waits on.
 * @throws DomainError stream.local-name-taken | device.stream-limit | input.invalid | shadow.too-large | …
 */
export async function addOnDevice(
  deps: Deps,
  actor: Actor,
  input: LocalStream,
): Promise<DeviceWord> {
  const stream = (await findUnanswered(deps, input)) ?? (await create(deps, actor, input));
  const { outcome, report } = await waitForAnswer(deps, stream, limits.addWaitMs);
  const pending = pendingWord(outcome);
  if (pending || !report) return pending ?? { kind: "pending", why: "timeout" };
  const { state, error } = report.report;
  if (!notAdded.has(state)) return { kind: "done", scope: "stream" };
  if (input.device.wish?.pipeline === "stopped" || isStopped(error))
    return { kind: "pending", why: "stopped" };
  await withdrawCreate(deps, actor, stream);
  return { kind: "refused", error: reasonOf(error) };
}

/** The very stream, made earlier and not answered yet. @throws DomainError stream.local-name-taken when it is another one */
async function findUnanswered(deps: Deps, input: LocalStream): Promise<Stream | undefined> {
  const { device, localName, title, source } = input;
  const stream = await deps.store.streams.findByLocalName(device, localName);
  if (!stream) return undefined;
  const isSame = stream.title === title && (await isSameSource(deps, stream, source.url));
  const report = await deps.store.streams.getReport(stream.organization, stream.id);
  if (isSame && stream.enabled && !hasAnswered(report, stream)) return stream;
  throw new DomainError(
    "stream.local-name-taken",
    `another stream of the device has the local name ${localName}`,
  );
}

/** Its name is the local one; where the organization has that already, the device's name stands before it. */
async function create(deps: Deps, actor: Actor, input: LocalStream): Promise<Stream> {
  const { device, localName, title, source } = input;
  const make = async (name: string): Promise<Stream> =>
    (await createStream(deps, actor, { name, localName, title, source, device: device.id })).stream;
  const longName = `${device.name}/${localName}`;
  if (isId("stream", localName)) return make(longName);
  try {
    return await make(localName);
  } catch (error) {
    if (!isDomainError(error, "stream.name-taken")) throw error;
    return make(longName);
  }
}

/**
 * Removes the stream that has both this local name and this URL, and waits until the device no longer has it.
 * @throws DomainError stream.not-found, also when the URL is another one; stream.conflict
 */
export async function removeOnDevice(
  deps: Deps,
  actor: Actor,
  { device, localName, source }: Omit<LocalStream, "title">,
): Promise<DeviceWord> {
  for (let attempt = 1; ; attempt += 1) {
    const stream = await findOnDevice(deps, device, localName);
    if (!(await isSameSource(deps, stream, source.url)))
      throw new DomainError("stream.not-found", `the stream ${localName} has another source`);
    const { id, revision: ifRevision } = stream;
    const deletion = { stream: id, ifRevision, timeoutMs: limits.addWaitMs };
    try {
      const outcome = await deleteStreamAndWait(deps, actor, deletion);
      return pendingWord(outcome) ?? { kind: "done", scope: "stream" };
    } catch (error) {
      if (!isDomainError(error, "stream.changed") || attempt === tries) throw error;
    }
  }
}
