/**
 * The database, as core needs it. One implementation (`packages/store`, DynamoDB) and one contract suite.
 *
 * INVARIANTS
 * - Every write is conditional; a write that is refused has written nothing, also when it spans several rows.
 * - What is unique (names, local names, slots) is unique under any concurrency.
 * - Reads are strongly consistent unless the method says "listed": lists come from indexes and may lag by a second.
 * - Rows of another organization are not found, never forbidden.
 * - A name that nothing has takes the same requests as one that something has.
 * @throws DomainError store.unavailable from every method when the database does not answer.
 */
import type { Command } from "../command/command.ts";
import type {
  Device,
  DeviceGreeting,
  DeviceIdentity,
  DevicePresence,
  StoredDeviceReport,
  StoredHealth,
} from "../device/device.ts";
import type { Enrolment } from "../enrolment/enrolment.ts";
import type { Organization } from "../organization/organization.ts";
import type { Assignment, StoredStreamReport, Stream } from "../stream/stream.ts";
import type { AuditRecord, RecordedAs } from "../audit/audit.ts";
import type { TokenStore, UserStore } from "./access-store.ts";
import type { AuditStore } from "./audit-store.ts";
import type { Page, PageRequest, SitesPageRequest } from "./page.ts";
import type { SessionStore, ThrottleStore } from "./session-store.ts";
import type { FolderStore, SiteStore } from "./site-store.ts";

export interface Store {
  readonly organizations: OrganizationStore;
  readonly sites: SiteStore;
  readonly folders: FolderStore;
  readonly devices: DeviceStore;
  readonly enrolments: EnrolmentStore;
  readonly streams: StreamStore;
  readonly commands: CommandStore;
  readonly users: UserStore;
  readonly tokens: TokenStore;
  readonly sessions: SessionStore;
  readonly throttle: ThrottleStore;
  readonly due: DueStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditStore;
  /**
   * A store of one call: its first change puts the record along, all or nothing, and tells `recorded`. What is refused, or changes
   * nothing that people asked for, leaves no record.
   */
  readonly recording: (record: AuditRecord, recorded: () => void) => Store;
}

/** The store of a call that is recorded as theirs. */
export type RecordAs = (by: RecordedAs) => Store;

export interface OrganizationStore {
  /** False when it exists already. */
  create(organization: Organization): Promise<boolean>;
  get(id: string): Promise<Organization | undefined>;
  /** Whose logins begin with this and have no other `/`. */
  findByLoginPrefix(prefix: string): Promise<Organization | undefined>;
  /** Next integer of a counter of the organization, from 1. Numbers can be skipped, never repeated. */
  count(organization: string, counter: "site" | "user" | "folder"): Promise<number>;
  /** Replaces it when it still has revision `next.revision - 1`; false when not. */
  change(next: Organization): Promise<boolean>;
}

export interface DeviceStore {
  /** @throws DomainError device.name-taken | site.not-found */
  create(device: Device): Promise<void>;
  get(organization: string, id: string): Promise<Device | undefined>;
  findByName(organization: string, name: string): Promise<Device | undefined>;
  /** The organization of a device: devices speak without naming theirs. Undefined when the device does not exist. */
  organizationOf(id: string): Promise<string | undefined>;
  /** Listed, by name. */
  list(organization: string, page: SitesPageRequest): Promise<Page<Device>>;
  /** Every device of the installation, for the sync after a start; listed, in pages. */
  listAll(page: PageRequest): Promise<Page<{ readonly organization: string; readonly id: string }>>;
  /**
   * Changes what people set, when `revision` still is the stored one; the stored one is then `revision + 1`.
   * False when it is another, or the device is gone.
   */
  change(
    device: Pick<
      Device,
      "organization" | "id" | "title" | "labels" | "wish" | "revision" | "updatedAtMs"
    >,
  ): Promise<boolean>;
  /** @throws DomainError device.not-found */
  setIdentity(organization: string, id: string, identity: DeviceIdentity): Promise<void>;
  /** Replaces the identity when the stored one still equals `before`; false when it does not, or the device is gone. */
  changeIdentity(
    organization: string,
    id: string,
    change: { readonly before: DeviceIdentity; readonly after: DeviceIdentity },
  ): Promise<boolean>;
  /** @throws DomainError device.not-found */
  setGreeting(organization: string, id: string, greeting: DeviceGreeting): Promise<void>;
  /** Replaces the presence when the stored one still equals `before`; false when it does not, or the device is gone. */
  setPresence(
    organization: string,
    id: string,
    change: { readonly before: DevicePresence; readonly after: DevicePresence },
  ): Promise<boolean>;
  /** Takes the report when its shadow version is higher than the stored one's. */
  putReport(report: StoredDeviceReport): Promise<boolean>;
  getReport(organization: string, id: string): Promise<StoredDeviceReport | undefined>;
  putHealth(health: StoredHealth): Promise<void>;
  getHealth(organization: string, id: string): Promise<StoredHealth | undefined>;
  /**
   * Marks when the device is to be checked for being in sync. An earlier mark that still lies ahead stays, so that many writes in a
   * row cost one mark.
   */
  setSyncDue(organization: string, id: string, dueAtMs: number): Promise<void>;
  getSyncDue(organization: string, id: string): Promise<number | undefined>;
  /** Takes the mark away when it still is this one. */
  clearSyncDue(organization: string, id: string, dueAtMs: number): Promise<void>;
  /**
   * Removes the device, its name, reports and health.
   * @throws DomainError device.has-streams while streams are placed on it | device.not-found
   */
  delete(organization: string, id: string): Promise<void>;
}

/** `busy`: the same CSR is being carried out elsewhere right now. */
export type EnrolmentClaim =
  | { readonly kind: "claimed" | "used"; readonly enrolment: Enrolment }
  | { readonly kind: "busy" };

export interface EnrolmentStore {
  create(enrolment: Enrolment): Promise<void>;
  get(id: string): Promise<Enrolment | undefined>;
  /**
   * `unused → issuing` for this CSR until `untilMs`; after that, when whoever had it died, the same CSR can claim it again.
   * Undefined when another CSR has it or it does not exist.
   */
  claim(
    id: string,
    by: { readonly csrHash: string; readonly untilMs: number },
  ): Promise<EnrolmentClaim | undefined>;
  /** `issuing → unused`, when this CSR still has it: nothing came of it. */
  release(id: string, csrHash: string): Promise<void>;
  /** `issuing → used`. */
  complete(id: string, answer: NonNullable<Enrolment["answer"]>): Promise<void>;
}

export interface StreamStore {
  /**
   * Writes the stream, its name, and when placed its local name, slot and assignment, all or nothing.
   * @throws DomainError stream.name-taken | stream.local-name-taken | device.stream-limit | device.not-found | site.not-found |
   *   folder.not-found (it is gone, or at another site) | stream.conflict (the slot was just taken: choose again)
   */
  create(stream: Stream): Promise<void>;
  get(organization: string, id: string): Promise<Stream | undefined>;
  getMany(organization: string, ids: readonly string[]): Promise<readonly Stream[]>;
  findByName(organization: string, name: string): Promise<Stream | undefined>;
  /** The stream that a device knows by this local name. */
  findByLocalName(
    device: { readonly organization: string; readonly id: string },
    localName: string,
  ): Promise<Stream | undefined>;
  /** Listed, by name. */
  list(organization: string, page: SitesPageRequest): Promise<Page<Stream>>;
  /**
   * Replaces a stream that still has revision `next.revision - 1`, the same placement and folder.
   * One row, one conditional update. False when it was changed or deleted meanwhile.
   */
  change(next: Stream): Promise<boolean>;
  /**
   * Like `change`, with another placement, local name or folder: assignment, slot and local name go along.
   * @throws like `create`; false when it was changed or deleted meanwhile.
   */
  move(before: Stream, next: Stream): Promise<boolean>;
  /** Removes the stream with all its rows when it still has this revision; false when not. */
  delete(stream: Stream): Promise<boolean>;
  /** Assignments of a device, read strongly. */
  assignments(device: string): Promise<readonly Assignment[]>;
  /** One of them, read strongly; undefined when the stream is not on the device. */
  assignment(device: string, stream: string): Promise<Assignment | undefined>;
  /** Takes the report when it is of the device the stored one is of and its shadow version is higher, or of another device. */
  putReport(report: StoredStreamReport): Promise<boolean>;
  getReport(organization: string, stream: string): Promise<StoredStreamReport | undefined>;
  getReports(
    organization: string,
    streams: readonly string[],
  ): Promise<readonly StoredStreamReport[]>;
  /** Listed: of all streams whose names sort from `first` to `last`, both included. */
  reportsBetween(
    organization: string,
    names: { readonly first: string; readonly last: string },
  ): Promise<readonly StoredStreamReport[]>;
}

export interface CommandStore {
  /** Returns the stored command when one with this id exists already, else undefined. */
  create(command: Command): Promise<Command | undefined>;
  get(device: string, id: string): Promise<Command | undefined>;
  /** Newest first. */
  list(device: string, page: PageRequest): Promise<Page<Command>>;
  /** Commands that have not ended, oldest first. */
  pending(device: string): Promise<readonly Command[]>;
  /** Replaces the command when its stored state is one of `from`; false when not. */
  transition(next: Command, from: readonly Command["state"][]): Promise<boolean>;
}

/** What has to be looked at by a certain time; listed. */
export type DueItem =
  | {
      readonly kind: "command-expiry";
      readonly device: string;
      readonly id: string;
      readonly dueAtMs: number;
    }
  | {
      readonly kind: "device-offline";
      readonly organization: string;
      readonly device: string;
      readonly dueAtMs: number;
    }
  | {
      readonly kind: "device-sync";
      readonly organization: string;
      readonly device: string;
      readonly dueAtMs: number;
    };

export interface DueStore {
  /** Everything due at `nowMs`, oldest first, `rows` at most. */
  list(nowMs: number, rows: number): Promise<readonly DueItem[]>;
}

/** An answer as it went out; what is in it is for the caller to encrypt. */
export interface KeptAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Who wants to carry out a request that has a key. */
export interface IdempotencyClaimant {
  /** Of the whole request: another one under the same key is not a repetition. */
  readonly fingerprint: string;
  /** Fresh for every try. */
  readonly owner: string;
  /** Kept from the first try, so that a later one makes the same ids. */
  readonly seed: string;
  readonly nowMs: number;
  readonly leaseUntilMs: number;
  readonly expiresAtMs: number;
}

/**
 * `claimed`: carry it out; `seed` and `firstAtMs` are those of the first try, which may have died half-way.
 * `busy`: somebody is at it until `untilMs` at most. `reused`: the key belongs to another request.
 */
export type IdempotencyClaim =
  | { readonly kind: "claimed"; readonly seed: string; readonly firstAtMs: number }
  | { readonly kind: "answered"; readonly answer: KeptAnswer }
  | { readonly kind: "busy"; readonly untilMs: number }
  | { readonly kind: "reused" };

/** Requests that can be repeated without being carried out twice. `id` names key and principal. */
export interface IdempotencyStore {
  claim(id: string, by: IdempotencyClaimant): Promise<IdempotencyClaim>;
  /** Keeps the answer for repetitions; false when another try has taken over. */
  complete(id: string, owner: string, answer: KeptAnswer): Promise<boolean>;
  /** Forgets the claim: the next try starts anew. */
  release(id: string, owner: string): Promise<void>;
}
