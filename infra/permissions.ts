/** What a function may be allowed: single actions on the resources of this stage. */
import { accountId, installation, partition, prefix, region } from "./installation.ts";

interface Permission {
  readonly actions: string[];
  readonly resources: $util.Input<string>[];
}

const iot = $interpolate`arn:${partition}:iot:${region}:${accountId}`;
const things = $interpolate`${iot}:thing/${prefix}-*`;
/** Their names are hashes: nothing tells those of this stage from others. */
const certificates = $interpolate`${iot}:cert/*`;

type TableAction = "GetItem" | "BatchGetItem" | "Query" | "PutItem" | "UpdateItem" | "DeleteItem";

/** Transactions need the actions of their items. */
export const onTable = (table: sst.aws.Dynamo, ...actions: readonly TableAction[]): Permission => ({
  actions: actions.map((action) => `dynamodb:${action}`),
  resources: [table.arn],
});

export const onIndexes = (table: sst.aws.Dynamo): Permission => ({
  actions: ["dynamodb:Query"],
  resources: [$interpolate`${table.arn}/index/*`],
});

export const readStream = (table: sst.aws.Dynamo): Permission => ({
  actions: ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"],
  resources: [table.nodes.table.streamArn],
});

/** Has no resource to name. [Service Authorization Reference, Amazon DynamoDB] */
export const listStreams: Permission = { actions: ["dynamodb:ListStreams"], resources: ["*"] };

export const takeFrom = (queue: sst.aws.Queue): Permission => ({
  actions: ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
  resources: [queue.arn],
});

export const sendTo = (queue: sst.aws.Queue): Permission => ({
  actions: ["sqs:SendMessage"],
  resources: [queue.arn],
});

export const onShadows: Permission = {
  actions: [
    "iot:GetThingShadow",
    "iot:UpdateThingShadow",
    "iot:DeleteThingShadow",
    "iot:ListNamedShadowsForThing",
  ],
  resources: [things],
};

export const sendCommands: Permission = {
  actions: ["iot:Publish"],
  resources: [$interpolate`${iot}:topic/cmd/${installation.app}/${installation.stage}/*`],
};

/** Signing has no resource to name. [Service Authorization Reference, AWS IoT] */
export const manageThings: readonly Permission[] = [
  {
    actions: ["iot:CreateThing", "iot:DeleteThing", "iot:ListThingPrincipals"],
    resources: [things],
  },
  {
    actions: ["iot:AttachThingPrincipal", "iot:DetachThingPrincipal"],
    resources: [things, certificates],
  },
  {
    actions: [
      "iot:AttachPolicy",
      "iot:DetachPolicy",
      "iot:UpdateCertificate",
      "iot:DeleteCertificate",
      "iot:DescribeCertificate",
    ],
    resources: [certificates],
  },
  { actions: ["iot:CreateCertificateFromCsr"], resources: ["*"] },
  { actions: ["iot:DeleteConnection"], resources: [$interpolate`${iot}:client/${prefix}-*`] },
];

/** The bucket is listed only so that S3 answers 404, not 403, for a picture that is not there yet. */
export const passPictures = (bucket: sst.aws.Bucket): readonly Permission[] => [
  {
    actions: ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"],
    resources: [$interpolate`${bucket.arn}/uploads/*`],
  },
  { actions: ["s3:ListBucket"], resources: [bucket.arn] },
];

export type { Permission };
