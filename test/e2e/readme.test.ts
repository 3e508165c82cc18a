import { spawnSync } from "node:child_process";
import { readFileSync, symlinkSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { root, System } from "../support/system.ts";

let system: System;
let folder: string;
beforeAll(async () => {
  system = await System.start();
  // The tour is taken in the folder that holds `.data`.
  folder = await mkdtemp(path.join(tmpdir(), "sightline-tour-"));
  symlinkSync(system.folder, path.join(folder, ".data"));
});
afterAll(async () => {
  await system.dispose();
  await rm(folder, { recursive: true, force: true });
});

/** The shell blocks of a section, as printed. */
function blocks(heading: string): readonly string[] {
  const text = readFileSync(path.join(root, "README.md"), "utf8");
  const section = text.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? "";
  return [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block = ""]) => block);
}

type Answer = Readonly<Record<string, unknown>>;

const jsonLines = (text: string): readonly Answer[] =>
  text
    .split("\n")
    .filter((line) => line.startsWith('{"'))
    .map((line) => JSON.parse(line) as Answer);

test("the tour works as printed", () => {
  const [variables = "", ...steps] = blocks("Tour");
  // One shell for all, as a reader has it; a line of our own between the blocks.
  const script = [`set -eu\n${variables}`, ...steps].join("\necho =====\n");
  const { stdout, stderr, status } = spawnSync("bash", ["-c", script], {
    cwd: folder,
    encoding: "utf8",
    timeout: 60_000,
  });
  expect([status, stderr]).toEqual([0, ""]);
  const parts = stdout.split("=====");
  const answers = parts.map(jsonLines);
  expect(answers[1]).toMatchObject([
    { name: "gate", state: "running", delta: {} },
    { from: "fresh", counters: { state: "running" } },
    { revision: 2, delta: {} },
    { from: "fresh" },
  ]);
  const slower = answers[1]?.[3] as { counters?: { fps: number } } | undefined;
  expect(slower?.counters?.fps).toBeLessThan(6);
  expect(answers[2]).toMatchObject([
    { kind: "stream.force-idr", state: "succeeded" },
    { delta: {} },
  ]);
  expect(parts[3]).toContain("FLIP_METHOD_UPDATE_SUCCESS");
  expect(parts[4]?.match(/STREAM_ADD_SUCCESS/g)).toHaveLength(2);
  const drift = { streams: [{ localName: "keep" }, { localName: "drop" }], settings: [] };
  expect(answers[4]?.slice(-3)).toMatchObject([
    drift,
    { name: "keep", state: "running" },
    { kind: "device.remove-unmanaged", state: "succeeded" },
  ]);
  expect(answers[5]).toMatchObject([
    { id: 1, title: "Yard", path: "Yard" },
    { login: "ann", accessLevel: "generic", sites: { 1: ["member"] } },
    { items: [{ id: 1 }] },
    { code: "auth.forbidden", details: { permission: "streams:write" } },
    { login: "ann", disabled: true },
    { code: "auth.required" },
    {
      items: [
        { operation: "PATCH /v1/users/:user", path: "/v1/users/ann", status: 200 },
        { operation: "POST /v1/sessions", actor: { kind: "user", name: "ann" }, status: 201 },
      ],
    },
  ]);
  expect(readFileSync(path.join(folder, "gate.jpg")).subarray(0, 2)).toEqual(
    Buffer.from([0xff, 0xd8]),
  );
});
