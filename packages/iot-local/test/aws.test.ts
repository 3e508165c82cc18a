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
import { test } from "vitest";
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

if (process.env["SIGHTLINE_TEST_AWS"] === undefined) {
  const reason = "AWS IoT Core is not tested: SIGHTLINE_TEST_AWS is not set";
  process.stdout.write(`${reason}\n`);
  test.skip(reason, () => undefined);
} else iotContract("AWS IoT Core", connectAws);
