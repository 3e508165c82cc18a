import { expect, test } from "vitest";
import { inOrder } from "./stream-batch.ts";

const records = ["1", "2", "3"].map((SequenceNumber) => ({ dynamodb: { SequenceNumber } }));

test("a batch is worked through in order", async () => {
  const seen: string[] = [];
  const work = async (record: (typeof records)[number]): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(record.dynamodb.SequenceNumber);
  };
  expect(await inOrder(records, work, () => undefined)).toEqual({ batchItemFailures: [] });
  expect(seen).toEqual(["1", "2", "3"]);
});

test("it stops at the first record that fails, which is delivered again with those behind it", async () => {
  const seen: string[] = [];
  const failures: unknown[] = [];
  const work = (record: (typeof records)[number]): Promise<void> => {
    seen.push(record.dynamodb.SequenceNumber);
    return record === records[1] ? Promise.reject(new Error("no")) : Promise.resolve();
  };
  const answer = await inOrder(records, work, (error) => void failures.push(error));
  expect(answer).toEqual({ batchItemFailures: [{ itemIdentifier: "2" }] });
  expect(seen).toEqual(["1", "2"]);
  expect(failures).toEqual([new Error("no")]);
});
