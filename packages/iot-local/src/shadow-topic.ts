/** Where a shadow speaks. Named: `$aws/things/{thing}/shadow/name/{name}/…`; classic: without `name/{name}`. */
export interface ShadowAddress {
  readonly thing: string;
  /** Undefined for the classic shadow. */
  readonly name?: string;
}

export type ShadowOperation = "get" | "update" | "delete";

const request =
  /^\$aws\/things\/([a-zA-Z0-9:_-]{1,128})\/shadow\/(?:name\/([$a-zA-Z0-9:_-]{1,64})\/)?(get|update|delete)$/;

/** The request that a publish to this topic is, or undefined. */
export function parseShadowRequest(
  topic: string,
): { address: ShadowAddress; operation: ShadowOperation } | undefined {
  const [, thing, name, operation] = request.exec(topic) ?? [];
  if (thing === undefined || operation === undefined) return undefined;
  return {
    address: name === undefined ? { thing } : { thing, name },
    operation: operation as ShadowOperation,
  };
}

export function shadowTopic({ thing, name }: ShadowAddress, leaf: string): string {
  const stem = `$aws/things/${thing}/shadow`;
  return name === undefined ? `${stem}/${leaf}` : `${stem}/name/${name}/${leaf}`;
}
