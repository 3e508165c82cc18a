/**
 * What devices say, taken in: hello, reports, health, acknowledgements, presence. Every one may come late, twice or out of order.
 * A device speaks only for itself: the gateway lets it publish on its own topics alone, and what it says of streams counts only for
 * those placed on it.
 */
import { CommandAck } from "@sightline/contracts/commands";
import { DeviceReport, HealthReport, Hello } from "@sightline/contracts/device-report";
import { deviceOfThing, thingName } from "@sightline/contracts/ids";
import { deviceShadow, streamOfShadow } from "@sightline/contracts/shadow";
import { StreamReport } from "@sightline/contracts/stream-report";
import { storageFlaw } from "@sightline/contracts/storable";
import { shadowTopics, topics } from "@sightline/contracts/topics";
import { resendPending, takeAck } from "../command/command-operations.ts";
import { deviceHasCaughtUp } from "../device/delta.ts";
import type { DeviceDeps } from "../ports/deps.ts";
import { takePresence } from "../presence/presence.ts";
import { syncShadow } from "../sync/shadow-sync.ts";

/** A message as the rules hand it on: the payload's keys, `topic` and `receivedAtMs`. */
export type DeviceMessage = Readonly<Record<string, unknown>> & { readonly topic: string };

interface Sender {
  readonly organization: string;
  readonly id: string;
}

/** What became of a message; `ignored` says why, for the log. */
export type Intake =
  | { readonly kind: "taken" }
  | { readonly kind: "ignored"; readonly why: string };

export const taken: Intake = { kind: "taken" };
export const ignored = (why: string): Intake => ({ kind: "ignored", why });

/** Takes one message in. Throws only what is worth another delivery (database or gateway away). */
export async function takeMessage(deps: DeviceDeps, message: DeviceMessage): Promise<Intake> {
  const address = addressOf(deps, message.topic);
  if (!address) return ignored("not a topic of ours");
  const flaw = storageFlaw(message);
  // The database would refuse it at every delivery.
  if (flaw !== undefined) return ignored(flaw);
  const stream = address.kind === "shadow" ? streamOfShadow(address.leaf) : undefined;
  if (stream !== undefined)
    return takeStreamReport(deps, { device: address.device, stream }, message);
  const organization = await deps.store.devices.organizationOf(address.device);
  if (organization === undefined) return ignored("unknown device");
  const sender: Sender = { organization, id: address.device };
  switch (address.kind) {
    case "shadow":
      return address.leaf === deviceShadow
        ? takeDeviceReport(deps, sender, message)
        : ignored("not a shadow of ours");
    case "ack":
      return takeCommandAck(deps, sender, message);
    case "health":
      return takeHealth(deps, sender, message);
    case "evt":
      return address.leaf === "hello" ? takeHello(deps, sender, message) : ignored("unknown event");
    case "presence":
      return takePresenceEvent(deps, sender, message);
  }
}

interface Address {
  readonly kind: "shadow" | "ack" | "health" | "evt" | "presence";
  readonly device: string;
  readonly leaf: string;
}

function addressOf(deps: DeviceDeps, topic: string): Address | undefined {
  const { installation } = deps;
  const shadow = shadowTopics.parse(topic);
  const presence = /^\$aws\/events\/presence\/(?:connected|disconnected)\/([^/]+)$/.exec(topic);
  const own = topics.parse(topic);
  const thing = shadow?.thing ?? presence?.[1] ?? own?.thing;
  const device = thing === undefined ? undefined : deviceOfThing(installation, thing);
  if (device === undefined) return undefined;
  if (shadow) return { kind: "shadow", device, leaf: shadow.shadow };
  if (presence) return { kind: "presence", device, leaf: "" };
  // The rules see to it as well; a topic of another stage says nothing here.
  const isOurs = own?.app === installation.app && own.stage === installation.stage;
  if (!isOurs || own.family === "cmd") return undefined;
  return { kind: own.family, device, leaf: own.leaf };
}

/** Not `Number(value)`: that throws for an object whose `toString` is none, and the message would come again for ever. */
const isWhole = (value: unknown): value is number => Number.isInteger(value);

const receivedAtMs = (deps: DeviceDeps, message: DeviceMessage): number =>
  typeof message["receivedAtMs"] === "number" ? message["receivedAtMs"] : deps.clock.nowMs();

const heard = (deps: DeviceDeps, sender: Sender, message: DeviceMessage): Promise<unknown> =>
  takePresence(deps, sender, { kind: "heard", atMs: receivedAtMs(deps, message) });

const reportedBy = (message: DeviceMessage): unknown =>
  (message["state"] as { reported?: unknown } | undefined)?.reported;

async function takeDeviceReport(
  deps: DeviceDeps,
  sender: Sender,
  message: DeviceMessage,
): Promise<Intake> {
  const shadowVersion = message["version"];
  if (!isWhole(shadowVersion)) return ignored("no shadow version");
  const report = DeviceReport.safeParse(withoutNulls(reportedBy(message)));
  if (!report.success) return ignored("not a device report");
  await deps.store.devices.putReport({
    organization: sender.organization,
    device: sender.id,
    shadowVersion,
    report: report.data,
    receivedAtMs: receivedAtMs(deps, message),
  });
  deps.signals.notify(sender.id);
  await refreshGreeting(deps, sender, report.data);
  await clearSyncMark(deps, sender);
  return taken;
}

/** Somebody waits for it: the assignment says in one read whose the stream is, and that it is on this device. */
async function takeStreamReport(
  deps: DeviceDeps,
  { device, stream }: { readonly device: string; readonly stream: string },
  message: DeviceMessage,
): Promise<Intake> {
  const shadowVersion = message["version"];
  if (!isWhole(shadowVersion)) return ignored("no shadow version");
  const report = StreamReport.safeParse(withoutNulls(reportedBy(message)));
  if (!report.success) return ignored("not a stream report");
  const assignment = await deps.store.streams.assignment(device, stream);
  if (!assignment) return ignored("not a stream of this device");
  await deps.store.streams.putReport({
    organization: assignment.organization,
    device,
    stream,
    name: assignment.name,
    shadowVersion,
    report: report.data,
    receivedAtMs: receivedAtMs(deps, message),
  });
  deps.signals.notify(stream);
  return taken;
}

/** What has gone is null in the update, for a shadow merges; what is stored holds no nulls. */
function withoutNulls(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === null ? [] : [[key, withoutNulls(inner)]],
    ),
  );
}

/** A hello can come before the pipeline has answered the agent: its version is known by a later report. */
async function refreshGreeting(
  deps: DeviceDeps,
  { organization, id }: Sender,
  { bootId, versions }: DeviceReport,
): Promise<void> {
  const greeting = (await deps.store.devices.get(organization, id))?.greeting;
  if (!greeting || JSON.stringify(greeting.versions) === JSON.stringify(versions)) return;
  await deps.store.devices.setGreeting(organization, id, { ...greeting, bootId, versions });
}

/** Takes the mark "check this device" away once nothing is left to check. */
async function clearSyncMark(deps: DeviceDeps, sender: Sender): Promise<void> {
  const { devices } = deps.store;
  const { organization, id } = sender;
  const dueAtMs = await devices.getSyncDue(organization, id);
  if (dueAtMs === undefined || !(await deviceHasCaughtUp(deps, sender))) return;
  await devices.clearSyncDue(organization, id, dueAtMs);
  // A write since then may have found this mark and left it to do for both.
  if (!(await deviceHasCaughtUp(deps, sender))) await devices.setSyncDue(organization, id, dueAtMs);
}

async function takeCommandAck(
  deps: DeviceDeps,
  sender: Sender,
  message: DeviceMessage,
): Promise<Intake> {
  const ack = CommandAck.safeParse(message);
  if (!ack.success) return ignored("not an acknowledgement");
  await takeAck(deps, sender, ack.data);
  return taken;
}

async function takeHealth(
  deps: DeviceDeps,
  sender: Sender,
  message: DeviceMessage,
): Promise<Intake> {
  const report = HealthReport.safeParse(message);
  if (!report.success) return ignored("not a health report");
  const { organization, id } = sender;
  await deps.store.devices.putHealth({
    organization,
    device: id,
    report: report.data,
    receivedAtMs: receivedAtMs(deps, message),
  });
  await heard(deps, sender, message);
  return taken;
}

async function takeHello(
  deps: DeviceDeps,
  sender: Sender,
  message: DeviceMessage,
): Promise<Intake> {
  const hello = Hello.safeParse(message);
  if (!hello.success) return ignored("not a hello");
  const { organization, id } = sender;
  const { bootId, facts } = hello.data;
  const atMs = receivedAtMs(deps, message);
  // A report of this boot knows more when the pipeline had not answered yet.
  const own = (await deps.store.devices.getReport(organization, id))?.report;
  const versions =
    own?.bootId === bootId && hello.data.versions.pipeline === ""
      ? own.versions
      : hello.data.versions;
  await deps.store.devices.setGreeting(organization, id, { bootId, versions, facts, atMs });
  await heard(deps, sender, message);
  await syncShadow(deps, { organization, device: id, full: true });
  await resendPending(deps, id);
  return taken;
}

async function takePresenceEvent(
  deps: DeviceDeps,
  sender: Sender,
  message: DeviceMessage,
): Promise<Intake> {
  const { eventType, versionNumber: version, clientId } = message;
  if (clientId !== thingName(deps.installation, sender.id)) return ignored("not its own presence");
  if ((eventType !== "connected" && eventType !== "disconnected") || !isWhole(version))
    return ignored("not a presence event");
  const atMs = receivedAtMs(deps, message);
  await takePresence(deps, sender, { kind: eventType, version, atMs });
  deps.signals.notify(sender.id);
  return taken;
}
