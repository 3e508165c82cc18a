/**
 * The rules that bring what devices say to `functions/device-events`: the same SQL on AWS IoT and on one machine.
 * Every selected object carries the payload's keys, `topic` and `receivedAtMs`.
 */
import type { Installation } from "./ids.ts";
import { presenceFilter, topics } from "./topics.ts";

export interface Rule {
  /** `[a-z_]+`; infra puts app and stage in front. */
  readonly name: string;
  readonly sql: string;
}

const select = "SELECT *, topic() AS topic, timestamp() AS receivedAtMs FROM";

export function deviceRules(installation: Installation): readonly Rule[] {
  const ours = `'${installation.app}-${installation.stage}-'`;
  return [
    {
      name: "reports",
      sql: `${select} '$aws/things/+/shadow/name/+/update/accepted' WHERE startswith(topic(3), ${ours}) AND isUndefined(state.reported) = false`,
    },
    { name: "acks", sql: `${select} '${topics.filter("ack", installation)}'` },
    { name: "health", sql: `${select} '${topics.filter("health", installation)}'` },
    { name: "events", sql: `${select} '${topics.filter("evt", installation)}'` },
    {
      name: "connected",
      sql: `${select} '${presenceFilter("connected")}' WHERE startswith(clientId, ${ours})`,
    },
    {
      name: "disconnected",
      sql: `${select} '${presenceFilter("disconnected")}' WHERE startswith(clientId, ${ours})`,
    },
  ];
}
