/** Whose journal it is. */
import { log, reasonOf } from "../log.ts";
import { addedUrlKeys } from "../pipeline/stock/added-urls.ts";
import type { Journal } from "./journal.ts";

/** A journal of another thing (the box enrolled anew) says nothing about this one, but for what a server still holds. */
export async function keepToThing(journal: Journal, thing: string): Promise<void> {
  if (journal.get("thing") === thing) return;
  const old = journal
    .entries("")
    .filter(([key]) => !key.startsWith(addedUrlKeys))
    .map(([key]) => ({ key, value: undefined }));
  await journal.write([...old, { key: "thing", value: thing }]).catch((error: unknown) => {
    log.fail(`the journal cannot be written: ${reasonOf(error)}`);
  });
}
