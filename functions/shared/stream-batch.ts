/** Batches of a table's stream. [AWS Lambda, "Reporting batch item failures"] */

export interface StreamRecord {
  readonly dynamodb?: { readonly SequenceNumber?: string | undefined } | undefined;
}

/** The records to deliver again. */
export interface PartialBatch {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * Works through a batch in order and stops at the first record that fails: the stream delivers from there again, so that no change
 * of a device overtakes an earlier one.
 */
export async function inOrder<T extends StreamRecord>(
  records: readonly T[],
  work: (record: T) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<PartialBatch> {
  for (const record of records)
    try {
      await work(record);
    } catch (error) {
      onFailure(error);
      return { batchItemFailures: [{ itemIdentifier: record.dynamodb?.SequenceNumber ?? "" }] };
    }
  return { batchItemFailures: [] };
}
