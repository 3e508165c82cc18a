import { limits } from "@sightline/contracts/limits";
import { expect, test } from "vitest";
import { heightOf, pathOf, pathText, type Folder, type FolderTree } from "./folder.ts";

const folder = (id: number, parent?: number): Folder => ({
  ...{ organization: "org_1", id, site: 1, title: `t${id}` },
  ...(parent !== undefined && { parent }),
  ...{ revision: 1, createdAtMs: 0, updatedAtMs: 0 },
});
const treeOf = (...folders: readonly Folder[]): FolderTree => ({ version: 1, folders });
const tree = treeOf(folder(3, 2), folder(1), folder(2, 1), folder(4, 2), folder(5));

test("a path leads from the top to the folder", () => {
  expect(pathOf(tree, 3).map(({ id }) => id)).toEqual([1, 2, 3]);
  expect(pathText(pathOf(tree, 3))).toBe("t1/t2/t3");
  expect(pathOf(tree, 5)).toEqual([folder(5)]);
});

test("there is no path to no folder", () => {
  expect(pathOf(tree, undefined)).toEqual([]);
  expect(pathOf(tree, 9)).toEqual([]);
  expect(pathText([])).toBe("");
});

test("a path ends, whatever the rows say", () => {
  const round = treeOf(folder(1, 2), folder(2, 1));
  expect(pathOf(round, 1)).toHaveLength(limits.folderLevelsMax);
});

test("a folder is as high as what is below it", () => {
  expect([1, 2, 3, 5].map((id) => heightOf(tree, id))).toEqual([3, 2, 1, 1]);
});
