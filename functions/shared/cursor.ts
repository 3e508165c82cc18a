/** Cursors: opaque to clients, good for one query only. They hold no tenant: the key is rebuilt from who asks. */
import { createHash } from "node:crypto";
import { DomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { storageFlaw } from "@sightline/contracts/storable";
import * as z from "zod";
import type { PageRequest } from "@sightline/core/ports/page";

/** A key of the database takes 1024, of which some are prefix. */
const afterBytesMax = 768;

/** Anybody can make one: it goes on behind any text that a key may hold. */
const Cursor = z.tuple([
  z.string(),
  z
    .string()
    .refine((text) => Buffer.byteLength(text) <= afterBytesMax && storageFlaw(text) === undefined),
]);

/** Everything that makes a query another query, apart from the page. */
const fingerprint = (query: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(query)).digest("base64url").slice(0, 12);

export const makeCursor = (query: readonly unknown[], after: string): string =>
  Buffer.from(JSON.stringify([fingerprint(query), after])).toString("base64url");

/** @throws DomainError input.cursor-invalid | input.invalid */
export function readPage(
  query: readonly unknown[],
  asked: { readonly cursor: string | undefined; readonly limit: string | undefined },
): PageRequest {
  const rows = asked.limit === undefined ? limits.pageRowsDefault : Number(asked.limit);
  if (!Number.isInteger(rows) || rows < 1 || rows > limits.pageRowsMax)
    throw new DomainError("input.invalid", `limit is not a number from 1 to ${limits.pageRowsMax}`);
  if (asked.cursor === undefined) return { rows };
  try {
    const text = Buffer.from(asked.cursor, "base64url").toString("utf8");
    const [of, after] = Cursor.parse(JSON.parse(text));
    if (of === fingerprint(query)) return { rows, after };
  } catch {
    // Falls through: whatever is wrong with it, the answer is the same.
  }
  throw new DomainError("input.cursor-invalid", "the cursor is not one of this query", {
    hint: "start again without a cursor",
  });
}
