import { expect, test } from "vitest";
import { commandStates, finalCommandStates } from "./command-states.ts";
import { commandKinds, commandTable, isCommandKind, secretArgs } from "./commands.ts";
import { limits } from "./limits.ts";

const stream = "str_01k9x3v4m5n6p7q8r9s0t1v2w3";

test.each(commandKinds)("%s names its target, and lives no longer than AWS retries", (kind) => {
  const { target, args, ttlMs } = commandTable[kind];
  expect(kind.startsWith(`${target}.`)).toBe(true);
  expect(isCommandKind(kind)).toBe(true);
  expect(ttlMs).toBeLessThanOrEqual(limits.commandTtlMsMax);
  expect(args.safeParse({ stream, extra: 1 }).success).toBe(false);
});

test.each(["toString", "__proto__", "", "stream.reboot", "Stream.stats"])(
  "%j is no kind of command",
  (text) => {
    expect(isCommandKind(text)).toBe(false);
  },
);

test("every argument that is a URL is one that is not shown again", () => {
  for (const kind of commandKinds)
    for (const name of Object.keys(commandTable[kind].args.shape))
      expect([name, secretArgs.has(name)]).toEqual([name, /url/i.test(name)]);
});

test("whoever talks to a place the box is told of is the cloud", () => {
  for (const kind of commandKinds) {
    const hasSecret = Object.keys(commandTable[kind].args.shape).some((name) =>
      secretArgs.has(name),
    );
    if (hasSecret) expect(commandTable[kind].issuer).toBe("cloud");
  }
});

test("a command is under way in three states and at its end in the others", () => {
  expect(commandStates.filter((state) => !finalCommandStates.has(state))).toEqual([
    "queued",
    "sent",
    "acknowledged",
  ]);
});
