/**
 * The same suite against AWS IoT Core: `SIGHTLINE_TEST_AWS=1 AWS_REGION=… AWS_PROFILE=… npx vitest run --project contract
 * packages/iot-local/test/aws.test.ts`. It makes things, certificates and policies named sightline-test-… and removes them.
 */
import { setTimeout as delay } from "node:timers/promises";
import {
  CreateThingCommand,
  DeleteThingCommand,
  DescribeEndpointCommand,
  IoTClient,
} from "@aws-sdk/client-iot";
import { IoTDataPlaneClient } from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { freshName, type IotUnderTest } from "./fleet.ts";
import { iotContract } from "./iot-contract.ts";

/** Region and credentials are found where the SDK finds them. */
async function connectAws(): Promise<IotUnderTest> {
  const iot = new IoTClient({});
  const endpoint = await iot.send(new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }));
  const mqttHost = endpoint.endpointAddress ?? "";
  // A refusal is what is looked for, so nothing is tried twice.
  const plane = new IoTDataPlaneClient({ endpoint: `https://${mqttHost}`, maxAttempts: 1 });
  return {
    iot,
    plane,
    mqttHost,
    mqttPort: 8883,
    arn: await accountArn(iot),
    pass: (ms) => delay(ms),
    close: async () => {
      iot.destroy();
      plane.destroy();
    },
  };
}

/** `arn:aws:iot:{region}:{account}`, read from a thing that is made for it. */
async function accountArn(iot: IoTClient): Promise<string> {
  const thingName = freshName("account");
  const { thingArn = "" } = await iot.send(new CreateThingCommand({ thingName }));
  await iot.send(new DeleteThingCommand({ thingName }));
  return thingArn.split(":thing/")[0] ?? "";
}

const isWanted = process.env["SIGHTLINE_TEST_AWS"] !== undefined;

test.skipIf(!isWanted)(
  "AWS tells its endpoint (skipped unless SIGHTLINE_TEST_AWS is set)",
  async () => {
    const at = await connectAws();
    expect([at.mqttHost, at.arn]).toEqual([
      expect.stringContaining("amazonaws.com"),
      expect.stringMatching(/^arn:aws[^:]*:iot:[^:]+:\d{12}$/),
    ]);
    await at.close();
  },
);

if (isWanted) iotContract("AWS IoT Core", connectAws);
else process.stdout.write("AWS IoT Core is not tested: SIGHTLINE_TEST_AWS is not set\n");
