/**
 * What this product relies on of AWS IoT Core, as checks that any implementation of it must pass: the local one does in
 * every run; AWS itself when `connect` is given its endpoints. Every test makes its own things and removes them.
 */
import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { deviceSdkContract } from "./contract/device-sdk.ts";
import { errorsContract } from "./contract/errors.ts";
import { limitsContract } from "./contract/limits.ts";
import { messagesContract } from "./contract/messages.ts";
import { policiesContract } from "./contract/policies.ts";
import { presenceContract } from "./contract/presence.ts";
import { registryContract } from "./contract/registry.ts";
import { shadowsOverHttpContract, shadowsOverMqttContract } from "./contract/shadows.ts";
import { Fleet, type IotUnderTest } from "./fleet.ts";

const parts: Readonly<Record<string, (use: () => Fleet) => void>> = {
  registry: registryContract,
  messages: messagesContract,
  policies: policiesContract,
  "shadows over HTTP": shadowsOverHttpContract,
  "shadows over MQTT": shadowsOverMqttContract,
  "the device SDK": deviceSdkContract,
  presence: presenceContract,
  limits: limitsContract,
  errors: errorsContract,
};

export function iotContract(name: string, connect: () => Promise<IotUnderTest>): void {
  describe(name, () => {
    let fleet: Fleet;
    beforeAll(async () => void (fleet = new Fleet(await connect())));
    afterEach(() => fleet.remove());
    afterAll(() => fleet.at.close());
    for (const [part, contract] of Object.entries(parts))
      describe(part, () => contract(() => fleet));
  });
}
