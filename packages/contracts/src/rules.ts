/**
 * The rules that bring what devices say to their functions: the same SQL on AWS IoT and on one machine. Every selected object
 * carries the payload's keys, `topic` and `receivedAtMs`; for `enrol` also `principal`, the id of the certificate it came by.
 */
import type { Installation } from "./ids.ts";
import { certificateLeaf } from "./certificate.ts";
import { presenceFilter, topics } from "./topics.ts";

export interface Rule {
  /** `[a-z_]+`; infra puts app and stage in front. */
  readonly name: string;
  readonly sql: string;
  /** Only `enrol` may touch certificates. */
  readonly target: "device-events" | "enrol";
}

const select = "SELECT *, topic() AS topic, timestamp() AS receivedAtMs FROM";
const selectProven =
  "SELECT *, topic() AS topic, timestamp() AS receivedAtMs, principal() AS principal FROM";

export function deviceRules(installation: Installation): readonly Rule[] {
  const ours = `'${installation.app}-${installation.stage}-'`;
  const target = "device-events";
  const events = topics.filter("evt", installation);
  return [
    {
      name: "reports",
      target,
      sql: `${select} '$aws/things/+/shadow/name/+/update/accepted' WHERE startswith(topic(3), ${ours}) AND isUndefined(state.reported) = false`,
    },
    { name: "acks", target, sql: `${select} '${topics.filter("ack", installation)}'` },
    { name: "health", target, sql: `${select} '${topics.filter("health", installation)}'` },
    { name: "events", target, sql: `${select} '${events}' WHERE topic(5) <> '${certificateLeaf}'` },
    {
      name: "certificates",
      target: "enrol",
      sql: `${selectProven} '${events}' WHERE topic(5) = '${certificateLeaf}'`,
    },
    {
      name: "connected",
      target,
      sql: `${select} '${presenceFilter("connected")}' WHERE startswith(clientId, ${ours})`,
    },
    {
      name: "disconnected",
      target,
      sql: `${select} '${presenceFilter("disconnected")}' WHERE startswith(clientId, ${ours})`,
    },
  ];
}
