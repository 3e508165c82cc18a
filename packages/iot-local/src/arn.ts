/** Names of resources, as AWS writes them. */
export interface Realm {
  readonly region: string;
  readonly accountId: string;
}

export type ArnKind = "cert" | "thing" | "policy" | "client" | "topic" | "topicfilter";

export function arnOf({ region, accountId }: Realm, kind: ArnKind, name: string): string {
  return `arn:aws:iot:${region}:${accountId}:${kind}/${name}`;
}

/** The certificate id in `…:cert/{id}`, or undefined. */
export function certificateIdOfArn(arn: string): string | undefined {
  return /^arn:[^:]+:iot:[^:]*:[^:]*:cert\/([0-9a-f]{64})$/.exec(arn)?.[1];
}
