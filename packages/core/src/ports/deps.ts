import type { Installation } from "@sightline/contracts/ids";
import type { Principal } from "../access/principal.ts";
import type { Reach } from "../access/reach.ts";
import type { Blobs } from "./blobs.ts";
import type { Clock } from "./clock.ts";
import type { Gateway, Registry } from "./gateway.ts";
import type { Ids } from "./ids.ts";
import type { Signals } from "./signals.ts";
import type { Store } from "./store.ts";
import type { Vault } from "./vault.ts";

/** What every operation of core gets first. Composition roots make one; operations name the part they need. */
export interface Deps {
  readonly installation: Installation;
  readonly store: Store;
  readonly gateway: Gateway;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly vault: Vault;
  readonly signals: Signals;
  readonly blobs: Blobs;
}

/** On the way from the device: no camera credentials, no uploads. */
export type DeviceDeps = Omit<Deps, "vault" | "blobs">;

/** What enrolment gets besides: only there may things and certificates be touched. */
export interface EnrolDeps extends Omit<Deps, "blobs"> {
  readonly registry: Registry;
  /** Where boxes connect, and the CA they must meet there. */
  readonly endpoint: MqttEndpoint;
}

export interface MqttEndpoint {
  readonly host: string;
  readonly port: number;
  readonly caPem: string;
}

/** Who asked, in which request, and how far their permission goes: stands in every desired change and command. */
export interface Actor {
  readonly organization: string;
  readonly name: string;
  readonly requestId: string;
  readonly reach: Reach;
}

/** Who asked, and with which rights: where the right that the route names is not all that it takes. */
export interface Caller {
  readonly actor: Actor;
  readonly principal: Principal;
}
