/** Events as AWS hands them to functions. */
import {
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
  ListStreamsCommand,
  type _Record,
} from "@aws-sdk/client-dynamodb-streams";
import { tables } from "./names.ts";

/** API Gateway, payload format 2.0. [AWS, "Working with AWS Lambda proxy integrations for HTTP APIs"] */
export function httpEvent(
  method: string,
  rawPath: string,
  some: { readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> } = {},
): object {
  const [path = "", rawQueryString = ""] = rawPath.split("?");
  const isBody = some.body !== undefined;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath: path,
    rawQueryString,
    headers: {
      host: "abc.execute-api.eu-central-1.amazonaws.com",
      "x-forwarded-for": "192.0.2.7",
      ...(isBody && { "content-type": "application/json" }),
      ...some.headers,
    },
    requestContext: {
      accountId: "123456789012",
      apiId: "abc",
      domainName: "abc.execute-api.eu-central-1.amazonaws.com",
      http: { method, path, protocol: "HTTP/1.1", sourceIp: "192.0.2.7", userAgent: "test" },
      requestId: "JKJaXmPLvHcESHA=",
      routeKey: "$default",
      stage: "$default",
      time: "21/Nov/2026:00:00:00 +0000",
      timeEpoch: 1_795_219_200_000,
    },
    // API Gateway encodes what it does not take for text.
    ...(isBody && {
      body: Buffer.from(JSON.stringify(some.body)).toString("base64"),
      isBase64Encoded: true,
    }),
    ...(!isBody && { isBase64Encoded: false }),
  };
}

export const sqsEvent = (bodies: readonly string[]): object => ({
  Records: bodies.map((body, at) => ({
    messageId: `message-${at}`,
    receiptHandle: "handle",
    body,
    attributes: {
      ApproximateReceiveCount: "1",
      SentTimestamp: "1795219200000",
      SenderId: "AIDATEST",
      ApproximateFirstReceiveTimestamp: "1795219200001",
    },
    messageAttributes: {},
    md5OfBody: "x",
    eventSource: "aws:sqs",
    eventSourceARN: "arn:aws:sqs:eu-central-1:123456789012:health",
    awsRegion: "eu-central-1",
  })),
});

/** EventBridge, on a schedule. */
export const scheduledEvent = {
  version: "0",
  id: "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
  "detail-type": "Scheduled Event",
  source: "aws.events",
  account: "123456789012",
  time: "2026-11-21T00:00:00Z",
  region: "eu-central-1",
  resources: ["arn:aws:events:eu-central-1:123456789012:rule/sweep"],
  detail: {},
};

/** What the state table's stream holds, as Lambda's event source hands it on: attribute values in DynamoDB's JSON. */
export async function streamEvent(
  environment: Readonly<Record<string, string>>,
  wanted: (record: _Record) => boolean,
): Promise<{ readonly Records: readonly object[] }> {
  const client = new DynamoDBStreamsClient({
    region: environment["AWS_REGION"] ?? "",
    endpoint: environment["AWS_ENDPOINT_URL_DYNAMODB"] ?? "",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const { Streams } = await client.send(new ListStreamsCommand({ TableName: tables.state }));
  const StreamArn = Streams?.[0]?.StreamArn;
  const { StreamDescription } = await client.send(new DescribeStreamCommand({ StreamArn }));
  const ShardId = StreamDescription?.Shards?.at(-1)?.ShardId;
  const from = { StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" } as const;
  let { ShardIterator } = await client.send(new GetShardIteratorCommand(from));
  const found: _Record[] = [];
  for (;;) {
    const page = await client.send(new GetRecordsCommand({ ShardIterator, Limit: 100 }));
    if (!page.Records?.length) break;
    found.push(...page.Records);
    ShardIterator = page.NextShardIterator;
  }
  client.destroy();
  return {
    Records: found.filter(wanted).map(({ dynamodb, ...record }) => ({
      ...record,
      eventSource: "aws:dynamodb",
      eventSourceARN: StreamArn,
      dynamodb: {
        ...dynamodb,
        ApproximateCreationDateTime: Number(dynamodb?.ApproximateCreationDateTime) / 1000,
      },
    })),
  };
}
