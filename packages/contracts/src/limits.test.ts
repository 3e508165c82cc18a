import { expect, test } from "vitest";
import { limits, limitSources, waitPollMs } from "./limits.ts";

test.each(Object.entries(limits))(
  "%s is positive, ends in its unit and has a source",
  (name, value) => {
    expect(value).toBeGreaterThan(0);
    expect(name).toMatch(
      /(?:Ms|Bytes|Characters|Rows|Days|PerSecond|InFlight|Slashes|PerDevice|Requests|Failures|Keys|Levels|labels)(?:Max|Min|Default|Burst)?$/,
    );
    expect(limitSources[name as keyof typeof limits].length).toBeGreaterThan(10);
  },
);

test("a waiting request ends before API Gateway ends it, and polls ever less often", () => {
  expect(limits.waitMsMax).toBeLessThan(29_000);
  expect(waitPollMs.toSorted((a, b) => a - b)).toEqual([...waitPollMs]);
});
