import { describe, expect, test } from "vitest";
import { FilterTree } from "./filter-tree.ts";
import { filterFault, matchesFilter, topicFault } from "./topic.ts";

describe("a filter", () => {
  const cases: [string, string, boolean][] = [
    ["a/b", "a/b", true],
    ["a/b", "a/b/c", false],
    ["a/+", "a/b", true],
    ["a/+", "a/", true],
    ["a/+", "a", false],
    ["a/+/c", "a/b/c", true],
    ["a/#", "a/b/c", true],
    ["a/#", "a", true],
    ["#", "a/b", true],
    ["+", "a", true],
    ["+/b", "/b", true],
    ["#", "$aws/things/x", false],
    ["+/things/x", "$aws/things/x", false],
    ["$aws/#", "$aws/things/x", true],
    ["$aws/things/+/shadow/name/+/update", "$aws/things/t/shadow/name/s/update", true],
    ["a//b", "a//b", true],
    ["a/+/b", "a//b", true],
  ];
  test.each(cases)("%s on %s is %s", (filter, topic, expected) => {
    expect(matchesFilter(filter, topic)).toBe(expected);
    const tree = new FilterTree<string>();
    tree.add(filter, "here");
    expect(tree.match(topic).has("here")).toBe(expected);
    tree.remove(filter, "here");
    expect(tree.match(topic).size).toBe(0);
  });

  test("that is removed leaves the others of the tree", () => {
    const tree = new FilterTree<string>();
    tree.add("a/b", "one");
    tree.add("a/b/c", "two");
    tree.add("a/b", "three");
    tree.remove("a/b", "one");
    tree.remove("a/x", "one");
    expect([...tree.match("a/b")]).toEqual(["three"]);
    expect([...tree.match("a/b/c")]).toEqual(["two"]);
  });
});

test.each([
  ["a/b/c/d/e/f/g/h", undefined],
  ["$aws/things/t/shadow/name/n/update/accepted", undefined],
  ["a/b/c/d/e/f/g/h/i", "more than 7 slashes"],
  ["x".repeat(256), undefined],
  ["ü".repeat(129), "longer than 256 bytes"],
  ["", "empty"],
  ["a/+", "wildcard"],
])("topic %s: %s", (topic, fault) => {
  if (fault === undefined) expect(topicFault(topic)).toBeUndefined();
  else expect(topicFault(topic)).toContain(fault);
});

test.each([
  ["a/+/#", undefined],
  ["a/b#", "# stands alone"],
  ["a/#/b", "# stands alone"],
  ["a/b+", "+ stands alone"],
  ["$share/g/a", "shared"],
  ["a/b/c/d/e/f/g/h/#", "more than 7 slashes"],
])("filter %s: %s", (filter, fault) => {
  if (fault === undefined) expect(filterFault(filter)).toBeUndefined();
  else expect(filterFault(filter)).toContain(fault);
});
