/**
 * A Lambda function of Sightline: the bundle that `npm run build` makes and the tests measured, not one that SST makes again.
 *
 * SST's own role trusts the account's root and may write every log of the account; ours trusts Lambda only and may write its own log.
 */
import { prefix } from "./installation.ts";
import type { Permission } from "./permissions.ts";

export interface FunctionOptions {
  /** Its folder below `functions/`. */
  readonly folder: string;
  readonly memory: sst.aws.FunctionArgs["memory"];
  readonly timeout: sst.aws.FunctionArgs["timeout"];
  readonly environment: Readonly<Record<string, $util.Input<string>>>;
  readonly permissions: readonly Permission[];
  /** So many at once, kept for it and never more. */
  readonly reserved?: number;
}

export function makeFunction(name: string, options: FunctionOptions): sst.aws.Function {
  const { folder, memory, timeout, environment, permissions, reserved } = options;
  const log = new aws.cloudwatch.LogGroup(`${name}Log`, {
    name: `/aws/lambda/${prefix}-${folder}`,
    retentionInDays: 30,
  });
  const writeLog: Permission = {
    actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
    resources: [$interpolate`${log.arn}:*`],
  };
  return new sst.aws.Function(name, {
    name: `${prefix}-${folder}`,
    description: `Sightline ${folder}`,
    bundle: `dist/functions/${folder}`,
    handler: "index.handler",
    runtime: "nodejs24.x",
    // JavaScript only, so the cheaper processor does.
    architecture: "arm64",
    memory,
    timeout,
    environment: { ...environment },
    permissions: [writeLog, ...permissions],
    logging: { logGroup: log.name },
    ...(reserved !== undefined && { concurrency: { reserved } }),
    transform: {
      role: (args) => {
        args.assumeRolePolicy = JSON.stringify({
          Version: "2012-10-17",
          Statement: [
            {
              Effect: "Allow",
              Action: "sts:AssumeRole",
              Principal: { Service: "lambda.amazonaws.com" },
            },
          ],
        });
        args.managedPolicyArns = [];
      },
    },
  });
}
