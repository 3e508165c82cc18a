/** Which Sightline this is: app and stage stand in topics, thing names and rule names, so they are as plain as those. */
import type { Installation } from "@sightline/contracts/ids";

const plain = /^[a-z0-9]{1,20}$/;

for (const name of [$app.name, $app.stage])
  if (!plain.test(name))
    throw new Error(`"${name}" is no app or stage: use 1 to 20 of a-z and 0-9, as in --stage dev`);

export const installation: Installation = { app: $app.name, stage: $app.stage };

export const isProduction = $app.stage === "production";

/** Of names that AWS wants unique in account and region. */
export const prefix = `${$app.name}-${$app.stage}`;

export const region = aws.getRegionOutput().region;
export const accountId = aws.getCallerIdentityOutput().accountId;
export const partition = aws.getPartitionOutput().partition;
