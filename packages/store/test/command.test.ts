import { expect, it } from "vitest";
import { commandStates, finalCommandStates } from "@sightline/contracts/command-states";
import { hasEnded } from "@sightline/store/command";

it("knows the same final states as the contracts", () => {
  const final = commandStates.filter((state) => hasEnded[state]);
  expect(new Set(final)).toEqual(finalCommandStates);
});
