/** Takes out of the pipeline what somebody has put in on the box. Done also when it is not there any more. */
import { DomainError } from "@sightline/contracts/errors";
import type { RunCommand } from "./run-command.ts";

export const deviceRemoveUnmanaged: RunCommand<"device.remove-unmanaged"> = async (
  deps,
  { localName },
  requestId,
) => {
  const driver = deps.driver();
  if (deps.owns(localName))
    throw new DomainError("input.invalid", `${localName} is a stream of the device: remove that`);
  await driver.removeUnmanaged(localName, requestId);
  await deps.evicted(localName);
  return {};
};
