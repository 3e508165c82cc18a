import { DeviceShadowsAnswer, ShadowAnswer } from "./answers.ts";
import { DomainError } from "@sightline/contracts/errors";
import { thingName } from "@sightline/contracts/ids";
import { findDevice } from "@sightline/core/device/find";
import { deviceShadows } from "@sightline/core/device/shadows";
import { parameter, type Call, type Route } from "../shared/call.ts";

/** Desired, reported and the difference, as the database knows them. */
async function all(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  const device = await findDevice(deps, actor, parameter(call, "device"));
  return c.json(await deviceShadows(deps, device));
}

/** One shadow as the gateway holds it, with versions and metadata. */
async function one(call: Call): Promise<Response> {
  const { deps, c, actor } = call;
  const device = await findDevice(deps, actor, parameter(call, "device"));
  const name = parameter(call, "name");
  const thing = thingName(deps.installation, device.id);
  const document = /^[A-Za-z0-9:_-]{1,64}$/.test(name)
    ? await deps.gateway.getShadow(thing, name)
    : undefined;
  if (!document) throw new DomainError("shadow.not-found", `there is no shadow ${name}`);
  return c.json(document);
}

export const shadowRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/devices/:device/shadow",
    access: "devices:read",
    about: {
      summary: "Desired, reported and the difference, of all shadows.",
      answers: { 200: DeviceShadowsAnswer },
      errors: ["device.not-found"],
    },
    handle: all,
  },
  {
    method: "GET",
    path: "/v1/devices/:device/shadows/:name",
    access: "devices:read",
    about: {
      summary: "One shadow as the gateway holds it.",
      answers: { 200: ShadowAnswer },
      errors: ["device.not-found", "shadow.not-found", "gateway.unavailable"],
    },
    handle: one,
  },
];
