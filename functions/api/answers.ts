/** What `/v1` answers, for its OpenAPI document; a test holds real answers against it. */
import { commandStates } from "@sightline/contracts/command-states";
import { commandKinds } from "@sightline/contracts/commands";
import {
  DeviceFacts,
  DeviceReport,
  DeviceVersions,
  HealthReport,
  UnmanagedStream,
} from "@sightline/contracts/device-report";
import { DeviceSettings, StreamSettings } from "@sightline/contracts/settings";
import { PipelineWanted, Transport } from "@sightline/contracts/desired-state";
import { StreamCounters, StreamReport, StreamState } from "@sightline/contracts/stream-report";
import { audiences, permissions, sitePermissions } from "@sightline/core/access/principal";
import { accessLevels } from "@sightline/core/access/principal";
import * as z from "zod";

const atMs = z.number();
const labels = z.record(z.string(), z.string());
const anything = z.record(z.string(), z.unknown());
const error = z.object({ code: z.string(), text: z.string() });

export const SiteAnswer = z
  .object({
    id: z.number().int(),
    name: z.string(),
    title: z.string(),
    owner: z.number().int().nullable(),
    revision: z.number().int(),
    createdAtMs: atMs,
  })
  .meta({ id: "Site" });

export const MemberAnswer = z
  .object({
    user: z.number().int(),
    login: z.string(),
    fullName: z.string(),
    disabled: z.boolean(),
    owner: z.boolean(),
    permissions: z.array(z.enum(sitePermissions)),
  })
  .meta({ id: "Member" });

export const FolderAnswer = z
  .object({
    id: z.number().int(),
    site: z.number().int(),
    title: z.string(),
    parent: z.number().int().nullable(),
    path: z.string(),
    revision: z.number().int(),
    createdAtMs: atMs,
    updatedAtMs: atMs,
  })
  .meta({ id: "Folder" });

const StreamHealth = z.object({
  state: StreamState,
  fps: z.number(),
  kbps: z.number(),
  frames: z.number().int(),
  restarts: z.number().int(),
});

const Health = HealthReport.omit({ v: true }).extend({
  ageMs: z.number(),
  streams: z.record(z.string(), StreamHealth),
});

export const DeviceAnswer = z
  .object({
    id: z.string(),
    site: z.number().int(),
    name: z.string(),
    title: z.string(),
    labels,
    pipeline: PipelineWanted,
    settings: DeviceSettings,
    online: z.boolean(),
    onlineSinceAtMs: atMs,
    enrolledAtMs: atMs.nullable(),
    certificateId: z.string().nullable(),
    certificateExpiresAtMs: atMs.nullable(),
    certificateState: z.string().nullable(),
    streams: z.number().int(),
    facts: DeviceFacts.nullable(),
    versions: DeviceVersions.nullable(),
    bootId: z.string().nullable(),
    wish: z
      .object({
        revision: z.number().int(),
        desiredAtMs: atMs,
        desiredBy: z.string(),
        requestId: z.string(),
      })
      .nullable(),
    reported: DeviceReport.pick({ wish: true, pipeline: true, controls: true, unmanaged: true })
      .extend({ ageMs: z.number() })
      .optional(),
    health: Health.optional(),
    revision: z.number().int(),
    createdAtMs: atMs,
    updatedAtMs: atMs,
  })
  .meta({ id: "Device" });

const Delta = z.object({
  revision: z.object({ desired: z.number().int(), reported: z.number().int() }).optional(),
  settings: z
    .record(z.string(), z.object({ desired: z.unknown(), applied: z.unknown() }))
    .optional(),
});

const Reported = StreamReport.omit({ v: true, error: true, atMs: true }).extend({
  reportedAtMs: atMs,
  receivedAtMs: atMs,
  ageMs: z.number(),
});

export const StreamAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    site: z.number().int(),
    device: z.string().nullable(),
    title: z.string(),
    labels,
    localName: z.string(),
    enabled: z.boolean(),
    source: z.object({
      url: z.string(),
      transport: Transport,
      username: z.string().optional(),
      password: z.string().optional(),
    }),
    settings: StreamSettings,
    folder: z.number().int().nullable(),
    path: z.string(),
    placement: z.object({ slot: z.number().int().nullable(), epoch: z.number().int() }),
    state: z.enum([...StreamState.options, "waiting", "pending"]),
    error: error.nullable(),
    delta: Delta,
    reported: Reported.nullable(),
    waiting: labels.optional(),
    revision: z.number().int(),
    desiredAtMs: atMs,
    desiredBy: z.string(),
    requestId: z.string(),
    createdAtMs: atMs,
  })
  .meta({ id: "Stream" });

export const StreamStatsAnswer = z
  .object({
    stream: z.string(),
    from: z.enum(["fresh", "last-report"]),
    ageMs: z.number(),
    counters: StreamCounters.partial(),
  })
  .meta({ id: "StreamStats" });

export const CommandAnswer = z
  .object({
    id: z.string(),
    device: z.string(),
    kind: z.enum(commandKinds),
    args: anything,
    afterRevision: z.number().int().optional(),
    state: z.enum(commandStates),
    error: error.optional(),
    result: anything.optional(),
    lateResult: anything.optional(),
    issuedBy: z.string(),
    requestId: z.string(),
    issuedAtMs: atMs,
    expiresAtMs: atMs,
    changedAtMs: atMs,
  })
  .meta({ id: "Command" });

export const EnrolmentTokenAnswer = z
  .object({ token: z.string(), device: z.string(), expiresAtMs: atMs })
  .meta({ id: "EnrolmentToken" });

export const TokenAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    user: z.number().int(),
    scopes: z.array(z.enum([...permissions, "*"])),
    audience: z.enum(audiences),
    site: z.number().int().nullable(),
    device: z.string().nullable(),
    createdAtMs: atMs,
    expiresAtMs: atMs.nullable(),
  })
  .meta({ id: "Token" });

export const IssuedTokenAnswer = TokenAnswer.extend({ token: z.string() }).meta({
  id: "IssuedToken",
});

export const AuditRecordAnswer = z
  .object({
    id: z.string(),
    atMs,
    actor: z.object({
      kind: z.enum(["user", "token", "device"]),
      id: z.string(),
      name: z.string(),
      user: z.number().int().optional(),
    }),
    operation: z.string(),
    path: z.string(),
    requestId: z.string(),
    traceId: z.string().optional(),
    originator: z.string(),
    status: z.number().int().nullable(),
    durationMs: z.number().nullable(),
  })
  .meta({ id: "AuditRecord" });

const sites = z.record(z.string(), z.array(z.enum(sitePermissions)));

export const UserAnswer = z
  .object({
    id: z.number().int(),
    login: z.string(),
    fullName: z.string(),
    email: z.string(),
    phone: z.string(),
    locale: z.string(),
    note: z.string(),
    accessLevel: z.enum(accessLevels),
    sites,
    disabled: z.boolean(),
    readonly: z.boolean(),
    maxSessions: z.number().int(),
    revision: z.number().int(),
    createdAtMs: atMs,
    updatedAtMs: atMs,
  })
  .meta({ id: "User" });

export const SelfAnswer = z
  .object({
    id: z.number().int(),
    login: z.string(),
    fullName: z.string().optional(),
    email: z.string().optional(),
    phone: z.string().optional(),
    locale: z.string().optional(),
    accessLevel: z.enum(accessLevels),
    sites,
    readonly: z.boolean(),
    token: TokenAnswer.nullable(),
    revision: z.number().int(),
  })
  .meta({ id: "Self" });

export const OrganizationAnswer = z
  .object({
    id: z.string(),
    name: z.string(),
    loginPrefix: z.string(),
    loginBlockMs: z.number().int(),
    revision: z.number().int(),
    createdAtMs: atMs,
  })
  .meta({ id: "Organization" });

export const TokenPairAnswer = z
  .object({
    id: z.string(),
    accessToken: z.string(),
    expiresAtMs: atMs,
    refreshToken: z.string(),
    sessionExpiresAtMs: atMs,
  })
  .meta({ id: "TokenPair" });

export const SessionAnswer = z
  .object({
    id: z.string(),
    current: z.boolean(),
    originator: z.string(),
    startedAtMs: atMs,
    refreshedAtMs: atMs,
    expiresAtMs: atMs,
  })
  .meta({ id: "Session" });

export const DeviceShadowsAnswer = z
  .object({
    device: z.object({ id: z.string(), name: z.string(), online: z.boolean() }),
    delta: z.record(
      z.string(),
      z.union([z.object({ extra: z.literal(true) }), z.array(z.string()), Delta]),
    ),
    shadows: z.array(z.looseObject({ name: z.string() })),
  })
  .meta({ id: "DeviceShadows" });

const ChangedSetting = z.object({ key: z.string(), desired: z.unknown(), applied: z.unknown() });

export const DriftAnswer = z
  .object({
    streams: z.array(UnmanagedStream),
    settings: z.array(ChangedSetting.extend({ stream: z.string(), name: z.string() })),
    deviceSettings: z.array(ChangedSetting),
  })
  .meta({ id: "Drift" });

/** Of which of the two the drift was. */
export const StreamOrDeviceAnswer = z
  .union([StreamAnswer, DeviceAnswer])
  .meta({ id: "StreamOrDevice" });

export const ShadowAnswer = z
  .looseObject({ state: anything, version: z.number().int(), timestamp: z.number() })
  .meta({ id: "Shadow" });

export const HealthAnswer = z
  .object({ status: z.enum(["ok", "unavailable"]), database: z.string(), version: z.string() })
  .meta({ id: "Health" });

/** A page of a list; `next` is the cursor of the one after it. */
export const pageOf = (id: string, item: z.ZodType): z.ZodType =>
  z.object({ items: z.array(item), next: z.string().optional() }).meta({ id });
