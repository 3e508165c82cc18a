/** The README says what the code does: its tables are compared with the routes and the limits, in both directions. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { limits } from "./limits.ts";
import { createRestApp, type RestDeps } from "./rest-server.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

function rowsUnder(heading: string): string[][] {
  const section = readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  return section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(1)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

test("lists every route and no other", () => {
  const app = createRestApp({} as RestDeps);
  const routes = app.routes.filter(({ method }) => method !== "ALL");
  const listed = rowsUnder("REST").map(([method, path]) => `${method} ${path}`);
  expect(listed.toSorted()).toEqual(
    routes.map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
});

test("lists every limit with its value and source, and what happens beyond it", () => {
  const listed = Object.fromEntries(
    rowsUnder("Limits").map(([name = "", ...rest]) => [name, rest]),
  );
  const expected = Object.entries(limits).map(([name, { value, unit, source, beyond }]) => [
    name,
    [`${value} ${unit}`, beyond, source],
  ]);
  expect(listed).toEqual(Object.fromEntries(expected));
});
