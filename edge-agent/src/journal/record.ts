/** One line of the journal: `{crc32, 8 hex digits} {"k":key,"v":value}`; without `v` the key is gone. */
import { crc32 } from "node:zlib";
import * as z from "zod";
import { parseJson } from "../json.ts";

const Line = z.object({ k: z.string(), v: z.unknown().optional() });

export interface JournalRecord {
  readonly key: string;
  /** undefined removes the key. */
  readonly value: unknown;
}

const checksum = (text: string): string => crc32(text).toString(16).padStart(8, "0");

export function encodeRecord({ key, value }: JournalRecord): string {
  const text = JSON.stringify({ k: key, v: value });
  return `${checksum(text)} ${text}\n`;
}

/** Every sound line in order; the others are counted and skipped, wherever they stand. */
export function decodeRecords(text: string): { records: JournalRecord[]; damaged: number } {
  const records: JournalRecord[] = [];
  let damaged = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const record = decodeLine(line);
    if (record) records.push(record);
    else damaged += 1;
  }
  return { records, damaged };
}

function decodeLine(line: string): JournalRecord | undefined {
  const text = line.slice(9);
  if (line[8] !== " " || checksum(text) !== line.slice(0, 8)) return undefined;
  const parsed = Line.safeParse(parseJson(text));
  return parsed.success ? { key: parsed.data.k, value: parsed.data.v } : undefined;
}
