/** Follows the state table's stream. */
import { tableChange, type TableRecord } from "@sightline/store/table-change";
import { Environment } from "../shared/environment.ts";
import { lambdaPorts } from "../shared/lambda-ports.ts";
import { inOrder, type PartialBatch } from "../shared/stream-batch.ts";
import { followChange } from "./shadow-sync.ts";

const deps = lambdaPorts(Environment.parse(process.env));

export const handler = ({ Records }: { Records: readonly TableRecord[] }): Promise<PartialBatch> =>
  inOrder(
    Records,
    (record) => followChange(deps, tableChange(record)),
    (cause) => deps.log("error", "a change could not be brought to its device", { cause }),
  );
