import { spawn } from "node:child_process";
import { appendFile, mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Journal } from "./journal.ts";
import { decodeRecords, encodeRecord } from "./record.ts";

describe("journal", () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agent-journal-"));
    path = join(folder, "journal");
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const reopen = async (journal: Journal): Promise<Journal> => {
    await journal.close();
    return Journal.open(path);
  };

  it("keeps what was written and forgets what was removed", async () => {
    const first = await Journal.open(path);
    await first.write([
      { key: "stream/a", value: { n: 1 } },
      { key: "stream/b", value: { n: 2 } },
      { key: "manifest", value: {} },
    ]);
    await first.write([{ key: "stream/a", value: undefined }]);
    const second = await reopen(first);
    expect(second.entries("stream/")).toEqual([["b", { n: 2 }]]);
    expect(second.get("manifest")).toEqual({});
    await second.close();
  });

  it("is readable by its owner only", async () => {
    const journal = await Journal.open(path);
    await journal.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("loses a torn tail and nothing else", async () => {
    const first = await Journal.open(path);
    await first.write([{ key: "a", value: 1 }]);
    await first.close();
    await appendFile(path, encodeRecord({ key: "b", value: "x".repeat(100) }).slice(0, 40));
    const second = await Journal.open(path);
    expect([second.get("a"), second.get("b")]).toEqual([1, undefined]);
    await second.write([{ key: "c", value: 3 }]);
    const third = await reopen(second);
    expect([third.get("a"), third.get("c")]).toEqual([1, 3]);
    await third.close();
  });

  it("skips garbage wherever it stands, and cleans it up", async () => {
    const good = encodeRecord({ key: "a", value: 1 });
    const flipped = encodeRecord({ key: "a", value: 2 }).replace("2}", "3}");
    const nothing = "\0".repeat(300);
    await writeFile(
      path,
      `${nothing}\n${flipped}${good}not a record\n${encodeRecord({ key: "b", value: 2 })}`,
    );
    const journal = await Journal.open(path);
    expect([journal.get("a"), journal.get("b")]).toEqual([1, 2]);
    await journal.close();
    expect(decodeRecords(await readFile(path, "utf8")).damaged).toBe(0);
  });

  it("stays small when the same key is written again and again", async () => {
    const journal = await Journal.open(path);
    const value = "x".repeat(1000);
    for (let n = 0; n < 600; n += 1) await journal.write([{ key: "a", value: `${n}${value}` }]);
    expect((await stat(path)).size).toBeLessThan(300 * 1024);
    const again = await reopen(journal);
    expect(again.get("a")).toBe(`599${value}`);
    await again.close();
  });

  it("rejects while the disk takes nothing, and puts everything down afterwards", async () => {
    const journal = await Journal.open(path);
    await journal.write([{ key: "a", value: 1 }]);
    await journal.close();
    await mkdir(`${path}.new`);
    await expect(journal.write([{ key: "b", value: 2 }])).rejects.toThrow("EISDIR");
    await rm(`${path}.new`, { recursive: true });
    await journal.write([{ key: "c", value: 3 }]);
    const again = await reopen(journal);
    expect([again.get("a"), again.get("b"), again.get("c")]).toEqual([1, 2, 3]);
    await again.close();
  });

  it("holds every acknowledged write after a kill -9 of the writer", async () => {
    const script = join(folder, "writer.mjs");
    await build({
      stdin: {
        contents: `
          import { Journal } from "./journal.ts";
          const journal = await Journal.open(process.argv[2]);
          for (let n = 0; ; n += 1) {
            await Promise.all([n, n + 0.5].map((value) => journal.write([{ key: "n" + (n % 7), value }])));
            process.stdout.write(n + "\\n");
          }`,
        resolveDir: import.meta.dirname,
        loader: "ts",
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: script,
    });
    const child = spawn(process.execPath, [script, path], { stdio: ["ignore", "pipe", "inherit"] });
    let said = "";
    await new Promise<void>((resolve) => {
      child.stdout.on("data", (part: Buffer) => {
        said += String(part);
        if (said.split("\n").length > 200) resolve();
      });
    });
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    const last = Number(said.trim().split("\n").at(-1));
    const journal = await Journal.open(path);
    const newest = Math.max(...journal.entries("n").map(([, value]) => Number(value)));
    expect(newest).toBeGreaterThanOrEqual(last + 0.5);
    await journal.close();
  });
});
