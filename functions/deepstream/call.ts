/** A call of this dialect: it speaks of one device, which its path or its token names. */
import { DomainError } from "@sightline/contracts/errors";
import type { Device } from "@sightline/core/device/device";
import { findDevice } from "@sightline/core/device/find";
import { principalOf, type Access, type Call, type Method } from "../shared/call.ts";

export interface DeviceCall extends Call {
  readonly device: Device;
}

export interface DeepstreamRoute {
  readonly method: Method;
  /** Below where the dialect is mounted. */
  readonly path: string;
  readonly access: Access;
  readonly handle: (call: DeviceCall) => Promise<Response>;
}

/** @throws DomainError auth.forbidden | device.not-found */
export async function ofDevice(call: Call): Promise<DeviceCall> {
  const { deps, c, actor } = call;
  // Who has logged in with a browser sends the login along with what any page makes it send.
  if (c.req.header("origin") !== undefined)
    throw new DomainError("auth.forbidden", "requests of web pages are refused");
  const { bound } = principalOf(call);
  const key = c.req.param("device") ?? bound?.device;
  if (key === undefined)
    throw new DomainError("auth.forbidden", "these credentials name no device", {
      hint: "make a token with a device, or call /devices/{device}/deepstream",
    });
  return { ...call, device: await findDevice(deps, actor, key) };
}
