/** A change of a row, as the table's stream tells it: what shadows and certificates follow. */
export type TableChange =
  | {
      readonly entity: "stream";
      readonly organization: string;
      readonly id: string;
      /** Where it is, and where it was before. */
      readonly devices: readonly string[];
    }
  | {
      readonly entity: "device";
      readonly organization: string;
      readonly id: string;
      readonly removed: boolean;
    }
  | { readonly entity: "other" };
