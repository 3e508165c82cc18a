/** What a record of the state table's stream says, in core's words. */
import type { TableChange } from "@sightline/core/ports/table-change";
import { organizationOf } from "./keys.ts";

/** As both the streams API and Lambda's events hand it on. */
export interface TableRecord {
  readonly eventName?: string | undefined;
  readonly dynamodb?:
    | {
        readonly SequenceNumber?: string | undefined;
        readonly NewImage?: Image | undefined;
        readonly OldImage?: Image | undefined;
      }
    | undefined;
}

interface Value {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly M?: Image | undefined;
}
type Image = Readonly<Record<string, Value>>;

export function tableChange({ eventName, dynamodb }: TableRecord): TableChange {
  const { NewImage, OldImage } = dynamodb ?? {};
  const image = NewImage ?? OldImage;
  const entity = image?.["entity"]?.S;
  const pk = image?.["pk"]?.S;
  const id = image?.["sk"]?.S;
  if (pk === undefined || id === undefined) return { entity: "other" };
  if (entity === "device") {
    const isWish = wishRevision(NewImage) !== wishRevision(OldImage);
    const what = eventName === "REMOVE" ? "removed" : isWish ? "wish" : "other";
    return { entity, organization: organizationOf(pk), id, what };
  }
  if (entity !== "stream") return { entity: "other" };
  const devices = [OldImage, NewImage].flatMap((one) => one?.["placement"]?.M?.["device"]?.S ?? []);
  return { entity, organization: organizationOf(pk), id, devices };
}

const wishRevision = (image: Image | undefined): string | undefined =>
  image?.["wish"]?.M?.["revision"]?.N;
