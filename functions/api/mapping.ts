/** What `/v1` shows of core's nouns. Pure. */
import { certificateState } from "@sightline/contracts/certificate";
import { secretArgs } from "@sightline/contracts/commands";
import type { AccessToken } from "@sightline/core/access/principal";
import type { Session } from "@sightline/core/session/session";
import type { TokenPair } from "@sightline/core/session/session-operations";
import type { Command } from "@sightline/core/command/command";
import type {
  Device,
  DeviceWish,
  StoredDeviceReport,
  StoredHealth,
} from "@sightline/core/device/device";
import { deviceDocument } from "@sightline/core/device/device-operations";
import type { Organization } from "@sightline/core/organization/organization";
import { isOnline } from "@sightline/core/presence/presence";
import type { ShownFolder } from "@sightline/core/folder/folder-operations";
import type { Member } from "@sightline/core/site/member";
import type { Site } from "@sightline/core/site/site";
import { streamDelta } from "@sightline/core/stream/delta";
import { streamDocument } from "@sightline/core/stream/edit";
import type { Self } from "@sightline/core/user/self";
import { selfDocument, userDocument } from "@sightline/core/user/user-document";
import type { User } from "@sightline/core/user/user";
import type { ShownStream } from "@sightline/core/stream/list";
import type { StoredStreamReport } from "@sightline/core/stream/stream";

type Json = Record<string, unknown>;

export const siteView = ({ organization: _, owner, ...site }: Site): Json => ({
  ...site,
  owner: owner ?? null,
});

export const memberView = ({ site, user }: Member): Json => ({
  user: user.id,
  login: user.login,
  fullName: user.fullName,
  disabled: user.disabled,
  owner: site.owner === user.id,
  permissions: user.sites[site.id] ?? [],
});

export const folderView = ({ organization: _, parent, ...folder }: ShownFolder): Json => ({
  ...folder,
  parent: parent ?? null,
});

/** A device, and what it said last where that is shown, too. */
export interface ShownDevice {
  readonly device: Device;
  readonly health?: StoredHealth | undefined;
  readonly report?: StoredDeviceReport | undefined;
}

export function deviceView({ device, health, report }: ShownDevice, nowMs: number): Json {
  const { id, site, name, identity, presence, greeting, wish } = device;
  return {
    id,
    site,
    name,
    ...deviceDocument(device),
    online: isOnline(presence, nowMs),
    onlineSinceAtMs: presence.sinceAtMs,
    enrolledAtMs: identity?.enrolledAtMs ?? null,
    ...certificateView(identity, nowMs),
    streams: device.slots.length,
    facts: greeting?.facts ?? null,
    versions: greeting?.versions ?? null,
    bootId: greeting?.bootId ?? null,
    wish: wish ? wishView(wish) : null,
    ...(report && { reported: deviceReportView(report, nowMs) }),
    ...(health && {
      health: { ageMs: Math.max(0, nowMs - health.receivedAtMs), ...healthView(health) },
    }),
    revision: device.revision,
    createdAtMs: device.createdAtMs,
    updatedAtMs: device.updatedAtMs,
  };
}

/** Who asked for it last. What was asked for stands in the document. */
const wishView = ({ pipeline: _, settings: __, ...rest }: DeviceWish): Json => ({ ...rest });

function deviceReportView({ report, receivedAtMs }: StoredDeviceReport, nowMs: number): Json {
  const { wish, pipeline, controls, unmanaged } = report;
  const ageMs = Math.max(0, nowMs - receivedAtMs);
  return { wish, pipeline, controls, unmanaged, ageMs };
}

/** Of the certificate in force; all null before the box has enrolled. */
function certificateView(identity: Device["identity"], nowMs: number): Json {
  const life = identity?.certificateLife;
  return {
    certificateId: identity?.certificateId ?? null,
    certificateExpiresAtMs: life?.expiresAtMs ?? null,
    certificateState: life ? certificateState(life, nowMs) : null,
  };
}

function healthView({ report }: StoredHealth): Json {
  const { v: _, streams, ...rest } = report;
  return {
    ...rest,
    streams: Object.fromEntries(
      Object.entries(streams).map(([id, [state, fps, kbps, frames, restarts]]) => [
        id,
        { state, fps, kbps, frames, restarts },
      ]),
    ),
  };
}

/**
 * `state` is what the device last reported; `waiting` while no device has the stream, `pending` until the device has answered.
 * The desired part is what a merge patch applies to.
 */
export function streamView({ stream, report: stored, path }: ShownStream, nowMs: number): Json {
  const { placement } = stream;
  const current = stored && stored.device === placement.device ? stored : undefined;
  const { device, ...document } = streamDocument(stream);
  return {
    id: stream.id,
    name: stream.name,
    site: stream.site,
    device,
    ...document,
    path,
    placement: { slot: placement.slot ?? null, epoch: placement.epoch },
    state: placement.device === undefined ? "waiting" : (current?.report.state ?? "pending"),
    error: errorView(current),
    delta: streamDelta(stream, stored),
    reported: current ? reportView(current, nowMs) : null,
    revision: stream.revision,
    desiredAtMs: stream.desiredAtMs,
    desiredBy: stream.desiredBy,
    requestId: stream.requestId,
    createdAtMs: stream.createdAtMs,
  };
}

function errorView(stored: StoredStreamReport | undefined): Json | null {
  const error = stored?.report.error;
  return error && error.code !== "none" ? error : null;
}

export function reportView({ report, receivedAtMs }: StoredStreamReport, nowMs: number): Json {
  const { v: _, error: __, atMs, ...rest } = report;
  return { ...rest, reportedAtMs: atMs, receivedAtMs, ageMs: Math.max(0, nowMs - receivedAtMs) };
}

/** Never the hash of the password. */
export const userView = (user: User): Json => ({
  id: user.id,
  login: user.login,
  ...userDocument(user),
  revision: user.revision,
  createdAtMs: user.createdAtMs,
  updatedAtMs: user.updatedAtMs,
});

/** To a token, no more than it takes to know whose it is. */
export const selfView = ({ user, sites, token }: Self): Json => ({
  id: user.id,
  login: user.login,
  ...(!token && selfDocument(user)),
  accessLevel: user.accessLevel,
  sites,
  readonly: user.readonly,
  token: token ? tokenView(token) : null,
  revision: user.revision,
});

export const organizationView = (organization: Organization): Json => ({
  id: organization.id,
  name: organization.name,
  loginPrefix: organization.loginPrefix,
  loginBlockMs: organization.loginBlockMs,
  revision: organization.revision,
  createdAtMs: organization.createdAtMs,
});

/** `id` is the session's; the access token ends long before it. */
export const tokenPairView = (pair: TokenPair): Json => ({
  id: pair.session.id,
  accessToken: pair.accessToken,
  expiresAtMs: pair.expiresAtMs,
  refreshToken: pair.refreshToken,
  sessionExpiresAtMs: pair.session.expiresAtMs,
});

export const sessionView = (session: Session, current: string | undefined): Json => ({
  id: session.id,
  current: session.id === current,
  originator: session.originator,
  startedAtMs: session.startedAtMs,
  refreshedAtMs: session.refreshedAtMs,
  expiresAtMs: session.expiresAtMs,
});

export const tokenView = (token: AccessToken): Json => ({
  id: token.id,
  name: token.name,
  user: token.user,
  scopes: token.scopes,
  audience: token.audience,
  site: token.bound?.site ?? null,
  device: token.bound?.device ?? null,
  createdAtMs: token.createdAtMs,
  expiresAtMs: token.expiresAtMs ?? null,
});

export function commandView(command: Command): Json {
  const { organization: _, args, ...rest } = command;
  return {
    ...rest,
    args: Object.fromEntries(
      Object.entries(args).map(([key, value]) => [key, secretArgs.has(key) ? "***" : value]),
    ),
  };
}
