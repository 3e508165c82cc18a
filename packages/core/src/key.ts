import { limits } from "@sightline/contracts/limits";

/** Whether the text can be an id or a name at all. Longer ones would not fit into a key of the database. */
export const canBeKey = (text: string): boolean =>
  text !== "" && text.length <= limits.nameCharactersMax;
