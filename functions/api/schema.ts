/** What `/v1` takes, in its own spelling. Unknown fields are refused: a typo must not be a silent default. */
import { commandTable, type CommandKind } from "@sightline/contracts/commands";
import { limits } from "@sightline/contracts/limits";
import { DeviceSettings, StreamSettings } from "@sightline/contracts/settings";
import { PipelineWanted, Transport } from "@sightline/contracts/desired-state";
import { audiences, permissions, sitePermissions } from "@sightline/core/access/principal";
import { accessLevels } from "@sightline/core/access/principal";
import * as z from "zod";

// eslint-disable-next-line no-control-regex
const printable = /^[^\u0000-\u001f\u007f]*$/;

const Title = z.string().max(256).regex(printable, "must not hold control characters");

/** May contain `/`, but no empty part. */
const StreamName = z
  .string()
  .min(1)
  .max(limits.nameCharactersMax)
  .regex(printable, "must not hold control characters")
  .regex(/^(?!\s)[^/]+(?:\/[^/]+)*(?<!\s)$/, "must not start or end with / or a space");

const LocalName = z
  .string()
  .min(1)
  .max(limits.nameCharactersMax)
  .regex(printable, "must not hold control characters");

const DeviceName = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be a hostname of small letters");

const Labels = z
  .record(
    z.string().regex(/^[A-Za-z0-9._/-]{1,63}$/, "must be 1 to 63 of A-Z a-z 0-9 . _ / -"),
    z.string().max(256),
  )
  .refine((labels) => Object.keys(labels).length <= limits.labelsMax, "too many labels");

const SiteKey = z.union([z.number().int().positive(), z.string().min(1).max(64)]);
const DeviceKey = z.string().min(1).max(64);

/** Of users and folders. */
const PlainId = z.number().int().positive().max(999_999_999);

const FolderTitle = Title.min(1).regex(/^[^/]+$/, "must not hold /");

const Source = z.strictObject({
  url: z.string().min(1).max(2048),
  transport: Transport.optional(),
  username: z.string().max(256).optional(),
  password: z.string().max(256).optional(),
});

export const NewSite = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/, "must be small letters, digits and -"),
  title: Title.optional(),
});

/** The site after a merge patch. */
export const SiteDocument = z.strictObject({
  title: Title.default(""),
  owner: PlainId.nullable().default(null),
});

export const NewFolder = z.strictObject({
  title: FolderTitle,
  site: SiteKey.optional(),
  parent: PlainId.nullable().optional(),
});

/** The folder after a merge patch. */
export const FolderDocument = z.strictObject({
  title: FolderTitle,
  parent: PlainId.nullable().default(null),
});

export const NewDevice = z.strictObject({
  name: DeviceName,
  title: Title.optional(),
  labels: Labels.optional(),
  site: SiteKey,
});

export const DeviceDocument = z.strictObject({
  title: Title.default(""),
  labels: Labels.default({}),
  pipeline: PipelineWanted.default("running"),
  settings: DeviceSettings.default({}),
});

export const NewStream = z.strictObject({
  name: StreamName,
  title: Title.optional(),
  labels: Labels.optional(),
  localName: LocalName.optional(),
  site: SiteKey.optional(),
  folder: PlainId.nullable().optional(),
  device: DeviceKey.nullable().optional(),
  enabled: z.boolean().optional(),
  source: Source,
  settings: StreamSettings.optional(),
});

/** The stream after a merge patch: what was removed by null gets its default. */
export const StreamDocument = z.strictObject({
  title: Title.default(""),
  labels: Labels.default({}),
  localName: LocalName,
  enabled: z.boolean().default(true),
  source: Source,
  settings: StreamSettings.default({}),
  folder: PlainId.nullable().default(null),
  device: DeviceKey.nullable().default(null),
});

const StreamKey = z.string().min(1).max(limits.nameCharactersMax);
const ttlMs = z.number().int().min(1000).max(limits.commandTtlMsMax).optional();

const streamCommand = <K extends CommandKind>(kind: K) =>
  z.strictObject({ kind: z.literal(kind), args: z.strictObject({ stream: StreamKey }), ttlMs });

/** Commands that people may give; streams by id or name. */
export const NewCommand = z.discriminatedUnion("kind", [
  streamCommand("stream.force-idr"),
  streamCommand("stream.force-intra"),
  streamCommand("stream.stats"),
  z.strictObject({
    kind: z.literal("device.reload-analytics"),
    args: commandTable["device.reload-analytics"].args,
    ttlMs,
  }),
]);

/** The settings of the device itself. */
const OfDevice = z.strictObject({ device: z.literal(true) });

/** A stream of the box by its local name, the settings of a stream of ours by its id or name, or those of the device. */
export const Adoption = z.union([
  z.strictObject({
    localName: LocalName,
    name: StreamName.optional(),
    title: Title.optional(),
    source: Source.partial().optional(),
  }),
  z.strictObject({ stream: StreamKey }),
  OfDevice,
]);

export const Reversion = z.union([
  z.strictObject({ localName: LocalName }),
  z.strictObject({ stream: StreamKey }),
  OfDevice,
]);

export const NewSession = z.strictObject({
  login: z.string().min(1).max(limits.nameCharactersMax),
  password: z.string().min(1).max(limits.passwordCharactersMax),
});

export const Refresh = z.strictObject({ refreshToken: z.string().max(1024) });

export const NewToken = z.strictObject({
  name: Title.min(1),
  scopes: z
    .array(z.enum([...permissions, "*"]))
    .min(1)
    .max(permissions.length + 1),
  audience: z.enum(audiences).optional(),
  site: SiteKey.optional(),
  device: DeviceKey.optional(),
  expiresAtMs: z.number().int().positive().optional(),
});

/** Empty: not known. */
const orNothing = (schema: z.ZodType<string>) => z.union([z.literal(""), schema]);

const Email = z
  .string()
  .max(limits.emailCharactersMax)
  .regex(/^[^\s@\p{C}]+@[^\s@\p{C}]+$/u, "must be an e-mail address");

/** [BCP 47] */
const Locale = z
  .string()
  .max(35)
  .regex(/^[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*$/, "must be a language tag such as de or pt-BR");

/** What people may change of themselves. */
export const SelfDocument = z.strictObject({
  fullName: Title.default(""),
  email: orNothing(Email).default(""),
  phone: Title.max(64).default(""),
  locale: orNothing(Locale).default(""),
});

/** By the number of the site. */
const SiteGrants = z
  .record(
    z.string().regex(/^[1-9]\d{0,8}$/, "must be the number of a site"),
    z.array(z.enum(sitePermissions)).max(sitePermissions.length),
  )
  .refine((sites) => Object.keys(sites).length <= limits.userSitesRowsMax, "too many sites");

/** Of one site. */
export const NewMember = z.strictObject({
  permissions: z.array(z.enum(sitePermissions)).min(1).max(sitePermissions.length),
});

/** The user after a merge patch: what was removed by null gets its default. */
export const UserDocument = SelfDocument.extend({
  note: z.string().max(1024).default(""),
  accessLevel: z.enum(accessLevels).default("generic"),
  sites: SiteGrants.default({}),
  disabled: z.boolean().default(false),
  readonly: z.boolean().default(false),
  maxSessions: z.number().int().min(0).max(1000).default(0),
});

/** Core knows the rules; this keeps the work small. */
const Secret = z.string().min(1).max(1024);

export const NewUser = UserDocument.extend({ login: z.string().min(1).max(256), password: Secret });

export const NewPassword = z.strictObject({ password: Secret });

export const OwnPassword = z.strictObject({ current: Secret, password: Secret });

export const OrganizationDocument = z.strictObject({
  name: Title.min(1),
  loginBlockMs: z.number().int().min(1000).max(limits.loginBlockMsMax).default(limits.loginBlockMs),
});

/** Kinds that `NewCommand` must offer; a test holds the two together. */
export const kindsForPeople = Object.entries(commandTable)
  .filter(([, { issuer }]) => issuer === "people")
  .map(([kind]) => kind);
