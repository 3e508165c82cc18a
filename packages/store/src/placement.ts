/** What a placed stream holds besides its own row: the local name and the slot on its device, and the assignment. */
import { strict as assert } from "node:assert";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import type { Stream } from "@sightline/core/stream/stream";
import type { Refusals } from "./database.ts";
import { keys } from "./keys.ts";
import { isStored, type Delete, type Put, type Update } from "./write.ts";

export function takeLocalName({ organization, id, localName, placement }: Stream): Put | undefined {
  if (placement.device === undefined) return undefined;
  const key = keys.localName(organization, { device: placement.device, localName });
  return { kind: "put", key, entity: "reference", row: { id } };
}

export function freeLocalName({ organization, localName, placement }: Stream): Delete | undefined {
  if (placement.device === undefined) return undefined;
  const key = keys.localName(organization, { device: placement.device, localName });
  return { kind: "delete", key };
}

export function takeSlot({
  organization,
  placement: { device, slot },
}: Stream): Update | undefined {
  if (device === undefined) return undefined;
  assert(slot !== undefined, "a placed stream has a slot");
  return {
    kind: "update",
    key: keys.device(organization, device),
    entity: "device",
    add: { slots: new Set([slot]) },
    condition: {
      when: "attribute_exists({pk}) and (attribute_not_exists({slots}) or (not contains({slots}, :slot) and size({slots}) < :max))",
      values: { slot, max: limits.streamsPerDeviceMax },
    },
  };
}

export function freeSlot({
  organization,
  placement: { device, slot },
}: Stream): Update | undefined {
  if (device === undefined) return undefined;
  const key = keys.device(organization, device);
  const take = { slots: new Set([slot]) };
  return { kind: "update", key, entity: "device", take, condition: isStored };
}

export function assign(stream: Stream): Put | undefined {
  const { organization, id, name, placement } = stream;
  if (placement.device === undefined) return undefined;
  const key = keys.assignment(placement.device, id);
  const row = { slot: placement.slot, organization, name };
  return { kind: "put", key, entity: "assignment", row };
}

export const unassign = ({ id, placement: { device } }: Stream): Delete | undefined =>
  device === undefined ? undefined : { kind: "delete", key: keys.assignment(device, id) };

/** What to say when the stream's own row did not refuse. */
export function placementError(
  stream: Stream,
  refused: Refusals<"localName" | "slot">,
): DomainError {
  const { localName, placement } = stream;
  const { slot } = refused;
  if (slot && !slot.stored)
    return new DomainError("device.not-found", `there is no device ${placement.device}`);
  if (refused.localName)
    return new DomainError(
      "stream.local-name-taken",
      `another stream of the device has the local name ${localName}`,
    );
  if ((slot?.stored?.["slots"]?.NS?.length ?? 0) >= limits.streamsPerDeviceMax)
    return new DomainError(
      "device.stream-limit",
      `the device holds ${limits.streamsPerDeviceMax} streams already`,
    );
  return new DomainError("stream.conflict", "the slot was just taken", {
    hint: "choose another slot",
  });
}
