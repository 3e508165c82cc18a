/** A person who may log in. Integer ids come from the organization's counter. */
import type { AccessLevel, SiteGrants } from "../access/principal.ts";

export interface User {
  readonly organization: string;
  readonly id: number;
  /** Unique in the organization, immutable, without `/`; they log in as the organization's `loginPrefix` and this. */
  readonly login: string;
  readonly fullName: string;
  readonly email: string;
  readonly phone: string;
  readonly locale: string;
  readonly note: string;
  readonly accessLevel: AccessLevel;
  /** Of a generic user. */
  readonly sites: SiteGrants;
  /** Nobody is let in by this login, nor by its sessions and tokens. */
  readonly disabled: boolean;
  /** May not change what is their own, password included. */
  readonly readonly: boolean;
  /** 0: any number. */
  readonly maxSessions: number;
  /** `scrypt$N$r$p$salt$hash`, base64url. */
  readonly passwordHash: string;
  /** Raised by every change of the password: cached verifications and sessions of an older one end. */
  readonly credentialVersion: number;
  /** Counts changes, from 1. */
  readonly revision: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
