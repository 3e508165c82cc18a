/** Whether what the gateway holds for a device is what the table says; without the device. */
import { sameSetting } from "@sightline/contracts/settings";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import { convergedMs } from "./stream.ts";
import type { System } from "./system.ts";
import { waitFor } from "./wait-for.ts";

interface Shadow {
  readonly name: string;
  readonly desired: Readonly<Record<string, unknown>>;
}

const heldOf = async (system: System, device: string, name: string): Promise<unknown> => {
  const { status, body } = await system.call(`/v1/devices/${device}/shadows/${name}`);
  return status === 404 ? undefined : body.state.desired;
};

/** Every shadow is there as it should be, and none of `gone`. */
export async function converged(
  system: System,
  device: string,
  gone: readonly string[] = [],
): Promise<void> {
  await waitFor(
    `the shadows of ${device} are what the table says`,
    async () => {
      const { body } = await system.call(`/v1/devices/${device}/shadow`);
      const wanted = body.shadows as readonly Shadow[];
      const held = await Promise.all(wanted.map(({ name }) => heldOf(system, device, name)));
      const differing = wanted.filter(({ desired }, at) => !sameSetting(desired, held[at]));
      const left = gone.map(streamShadow).map((name) => heldOf(system, device, name));
      const leftovers = (await Promise.all(left)).filter((shadow) => shadow !== undefined);
      if (differing.length > 0 || leftovers.length > 0)
        throw new Error(JSON.stringify({ differing, held, leftovers }));
      return wanted.some(({ name }) => name === deviceShadow);
    },
    { timeoutMs: convergedMs },
  );
}
