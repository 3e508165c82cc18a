/** The gateway of tests that make thousands of calls answers as AWS IoT's stand-in does, by whatever way they are asked. */
import { CreateThingCommand } from "@aws-sdk/client-iot";
import { isDomainError } from "@sightline/contracts/errors";
import type { Gateway } from "@sightline/core/ports/gateway";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { createMemoryGateway } from "../support/memory-gateway.ts";
import { freshName } from "../support/names.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

interface Ask {
  readonly verb: "get" | "update" | "delete" | "list";
  readonly isKnown: boolean;
  readonly shadow: string;
  readonly desired: Readonly<Record<string, unknown>>;
  /** Of the version that the shadow has. */
  readonly off: number;
}

const values = fc.constantFrom<unknown>(
  null,
  1,
  "two",
  [3],
  {},
  { a: 1 },
  { a: null },
  { a: { b: null }, c: 2 },
  "x".repeat(9_000),
);

const asks: fc.Arbitrary<readonly Ask[]> = fc.array(
  fc.record({
    verb: fc.constantFrom("get", "update", "update", "update", "delete", "list"),
    isKnown: fc.integer({ min: 0, max: 9 }).map((number) => number > 0),
    shadow: fc.constantFrom("device", "stream-1"),
    desired: fc.dictionary(fc.constantFrom("k", "l"), values, { maxKeys: 2 }),
    // 99: no version is named.
    off: fc.constantFrom(0, 0, 0, 99, 1, -1),
  }),
  { minLength: 4, maxLength: 16 },
);

/** What comes of each: what is answered, or the code of the refusal. */
async function answersOf(gateway: Gateway, thing: string, all: readonly Ask[]): Promise<unknown[]> {
  const answers: unknown[] = [];
  for (const ask of all) answers.push(await answer(gateway, thing, ask));
  return answers;
}

async function answer(gateway: Gateway, known: string, ask: Ask): Promise<unknown> {
  const { verb, isKnown, shadow, desired, off } = ask;
  const thing = isKnown ? known : `${known}-not`;
  try {
    if (verb === "list") return await gateway.listShadows(thing);
    if (verb === "delete") return await gateway.deleteShadow(thing, shadow);
    const document = await gateway.getShadow(thing, shadow);
    if (verb === "get") return document && { ...document, timestamp: 0, metadata: {} };
    const version = off === 99 ? 0 : Math.max(0, (document?.version ?? 0) + off);
    return await gateway.updateShadow(thing, shadow, { desired, version });
  } catch (error) {
    if (isDomainError(error)) return error.code;
    throw error;
  }
}

test(
  "it answers what the stand-in answers",
  async () => {
    const seen = new Set<unknown>();
    const property = fc.asyncProperty(asks, async (all) => {
      const thing = freshName("thing");
      await cloud.iot.send(new CreateThingCommand({ thingName: thing }));
      const memory = createMemoryGateway(cloud.deps.clock.nowMs);
      memory.addThing(thing);
      const expected = await answersOf(cloud.deps.gateway, thing, all);
      for (const one of expected) if (typeof one === "string") seen.add(one);
      expect(await answersOf(memory, thing, all)).toEqual(expected);
    });
    await fc.assert(property, runs(50));
    expect(seen).toEqual(new Set(["device.not-enrolled", "shadow.too-large", "sync.conflict"]));
  },
  runsTimeoutMs,
);
