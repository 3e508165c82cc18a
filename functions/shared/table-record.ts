/** Records of the state table's stream, as far as functions look into them. */

export interface TableRecord {
  readonly eventID?: string | undefined;
  readonly eventName?: "INSERT" | "MODIFY" | "REMOVE" | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        readonly NewImage?: Image | undefined;
        readonly OldImage?: Image | undefined;
      }
    | undefined;
}

/** DynamoDB's own JSON: `{attribute: {S: text}}`. */
export type Image = Readonly<Record<string, { readonly S?: string | undefined } | unknown>>;

export function textOf(image: Image | undefined, attribute: string): string | undefined {
  const value = image?.[attribute];
  if (typeof value !== "object" || value === null || !("S" in value)) return undefined;
  return typeof value.S === "string" ? value.S : undefined;
}

/** What a stream function answers: the records to deliver again. [AWS Lambda, "Reporting batch item failures"] */
export interface PartialBatch {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

/**
 * Works through a batch in order and stops at the first record that fails: the stream delivers from there again, so that no change
 * of a device overtakes an earlier one.
 */
export async function inOrder(
  records: readonly TableRecord[],
  work: (record: TableRecord) => Promise<void>,
  onFailure: (error: unknown) => void,
): Promise<PartialBatch> {
  for (const record of records)
    try {
      await work(record);
    } catch (error) {
      onFailure(error);
      const itemIdentifier = record.dynamodb?.SequenceNumber ?? record.eventID ?? "";
      return { batchItemFailures: [{ itemIdentifier }] };
    }
  return { batchItemFailures: [] };
}
