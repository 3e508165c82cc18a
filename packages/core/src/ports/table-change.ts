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
      /** `wish`: what it should be besides its streams is another one now. */
      readonly what: "removed" | "wish" | "other";
    }
  | { readonly entity: "other" };
