/**
 * Runs the real program, SST's components included, under Pulumi's mocks and writes every resource to standard output.
 * Bundled together with `sst.config.ts` as the SST command does it; AWS, the SST command and the engine are played here.
 */
import { createServer } from "node:http";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import config from "../../sst.config.ts";
import { run } from "../../.sst/platform/src/auto/run.ts";
import * as sst from "../../.sst/platform/src/components/index.ts";

const { stage, work } = JSON.parse(process.env.SIGHTLINE_STACK);

const accountId = "123456789012";
const region = "eu-central-1";

/** A secret of Pulumi's comes as `{signature, value}`. */
const isSecret = (value) => value?.["4dabf18193072939515e22adb298388d"] !== undefined;

function open(value) {
  if (isSecret(value)) return open(value.value);
  if (Array.isArray(value)) return value.map(open);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, of]) => [key, open(of)]));
}

const resources = [];
const builds = [];

/** What the SST command answers: a function with a bundle of its own is taken as it is. */
const answers = {
  "Provider.Aws.Bootstrap": () => ({ asset: "assets", state: "state" }),
  "Runtime.Build": (input) => {
    builds.push(input);
    return { handler: input.handler, out: input.bundle, errors: [], sourcemaps: [] };
  },
};

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += chunk));
  request.on("end", () => {
    const { method, params } = JSON.parse(body);
    const answer = answers[method];
    const reply = answer ? { result: answer(params[0]) } : { error: `rpc: can't find ${method}` };
    response.end(JSON.stringify(reply));
  });
});
await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
process.env.SST_SERVER = `http://127.0.0.1:${server.address().port}`;

const policyDocument = ({ statements = [] }) => ({
  statements,
  json: JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map(({ effect, actions, resources: of, principals, conditions }) => ({
      Effect: effect ?? "Allow",
      Action: actions,
      Resource: of,
      Principal: principals,
      Condition: conditions,
    })),
  }),
});

const calls = {
  "aws:index/getRegion:getRegion": () => ({ region, name: region, id: region }),
  "aws:index/getCallerIdentity:getCallerIdentity": () => ({ accountId }),
  "aws:index/getPartition:getPartition": () => ({ partition: "aws" }),
  "aws:iam/getPolicyDocument:getPolicyDocument": policyDocument,
  "aws:iot/getEndpoint:getEndpoint": () => ({
    endpointAddress: `x-ats.iot.${region}.amazonaws.com`,
  }),
};

/** `arn:aws:sqs:…:Name`, with what stands before the name in ARNs of that service. */
const arnStems = {
  "aws:dynamodb/table:Table": "dynamodb table/",
  "aws:sqs/queue:Queue": "sqs ",
  "aws:lambda/function:Function": "lambda function:",
  "aws:iam/role:Role": "iam role/",
  "aws:iot/topicRule:TopicRule": "iot rule/",
  "aws:iot/policy:Policy": "iot policy/",
  "aws:cloudwatch/logGroup:LogGroup": "logs log-group:",
};

function arnOf(type, name) {
  if (type === "aws:s3/bucket:Bucket") return `arn:aws:s3:::${name}`;
  const [service, stem = ""] = (arnStems[type] ?? "mock ").split(" ");
  return `arn:aws:${service}:${region}:${accountId}:${stem}${name}`;
}

/** Names that SST makes up end in eight random letters. */
const settled = (name) => name.replace(/[-_][a-z]{8}$/, "");

await pulumi.runtime.setMocks(
  {
    newResource({ type, name, inputs }) {
      const physical = settled(inputs.name ?? inputs.bucket ?? name);
      const arn = arnOf(type, physical);
      resources.push({ type, name, arn, inputs: open(inputs) });
      const outputs = { ...inputs, name: physical, arn };
      if (type === "aws:dynamodb/table:Table" && inputs.streamEnabled)
        outputs.streamArn = `${arn}/stream/2026-01-01T00:00:00.000`;
      if (type === "aws:s3/bucket:Bucket") outputs.bucket = physical;
      if (type === "aws:sqs/queue:Queue") outputs.url = `https://sqs/${physical}`;
      if (type === "aws:apigatewayv2/api:Api") {
        outputs.apiEndpoint = "https://api";
        outputs.executionArn = `arn:aws:execute-api:${region}:${accountId}:api`;
      }
      return { id: `${physical}-id`, state: outputs };
    },
    call({ token, inputs }) {
      const answer = calls[token];
      if (!answer) throw new Error(`the mocks do not know ${token}`);
      return answer(inputs);
    },
  },
  "sightline",
  stage,
  false,
);

globalThis.aws = aws;
globalThis.sst = sst;
const app = config.app({ stage });
Object.assign(globalThis.$app, app, { stage });
globalThis.$dev = false;
globalThis.$cli = {
  command: "deploy",
  rpc: process.env.SST_SERVER,
  paths: { home: work, root: process.cwd(), work, platform: `${process.cwd()}/.sst/platform` },
  state: { version: {} },
};

const outputs = await pulumi.runtime.runInPulumiStack(() => run(() => config.run()));
// Resources are asked for as their inputs settle; this waits for the last one, as the engine does.
await pulumi.runtime.disconnect();
const shown = await pulumi.output(outputs).promise();
process.stdout.write(JSON.stringify({ app, resources, builds, outputs: shown }));
server.close();
