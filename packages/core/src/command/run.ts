import { limits } from "@sightline/contracts/limits";
import { reasonOf, type DeviceWord } from "../device/word.ts";
import { noError } from "@sightline/contracts/stream-report";
import type { Actor, Deps } from "../ports/deps.ts";
import { createCommand, waitForCommand, type NewCommand } from "./command-operations.ts";

/** Gives a command and waits for its end. It is kept for an offline device only until it expires. */
export async function runCommand(deps: Deps, actor: Actor, input: NewCommand): Promise<DeviceWord> {
  const command = await createCommand(deps, actor, input);
  const { state, error } = await waitForCommand(deps, command, limits.settingWaitMs);
  switch (state) {
    case "succeeded":
      return { kind: "done", scope: "stream" };
    case "queued":
      return { kind: "pending", why: "offline" };
    case "sent":
    case "acknowledged":
      return { kind: "pending", why: "timeout" };
    case "failed":
    case "rejected":
    case "expired":
    case "cancelled":
      return { kind: "refused", error: reasonOf(error ?? noError) };
  }
}
