/** Every refusal is the SDK's own typed exception, with AWS's HTTP status. */
import * as control from "@aws-sdk/client-iot";
import * as data from "@aws-sdk/client-iot-data-plane";
import { expect, test } from "vitest";
import { type Device, type Fleet, freshName } from "../fleet.ts";

interface Refused {
  readonly by: new (...fields: never[]) => Error;
  readonly status: number;
  readonly ask: (fleet: Fleet, device: Device) => Promise<unknown>;
}

const otherDocument = JSON.stringify({
  Version: "2012-10-17",
  Statement: [{ Effect: "Deny", Action: "iot:*", Resource: "*" }],
});

const ofControlPlane: Readonly<Record<string, Refused>> = {
  "a thing that is not there": {
    by: control.ResourceNotFoundException,
    status: 404,
    ask: ({ at }) => at.iot.send(new control.DescribeThingCommand({ thingName: freshName("no") })),
  },
  "another thing of a name that is taken": {
    by: control.ResourceAlreadyExistsException,
    status: 409,
    ask: ({ at }, { thingName }) => {
      const attributePayload = { attributes: { colour: "red" } };
      return at.iot.send(new control.CreateThingCommand({ thingName, attributePayload }));
    },
  },
  "a thing of another version": {
    by: control.VersionConflictException,
    status: 409,
    ask: ({ at }, { thingName }) =>
      at.iot.send(new control.UpdateThingCommand({ thingName, expectedVersion: 9 })),
  },
  "deleting a thing that has a certificate": {
    by: control.InvalidRequestException,
    status: 400,
    ask: ({ at }, { thingName }) => at.iot.send(new control.DeleteThingCommand({ thingName })),
  },
  "a policy that is none": {
    by: control.MalformedPolicyException,
    status: 400,
    ask: ({ at }) => {
      const policyName = freshName("p");
      return at.iot.send(new control.CreatePolicyCommand({ policyName, policyDocument: "{}" }));
    },
  },
  "a sixth version of a policy": {
    by: control.VersionsLimitExceededException,
    status: 409,
    ask: async ({ at }, { thingName: policyName }) => {
      for (let version = 2; version <= 6; version++)
        await at.iot.send(
          new control.CreatePolicyVersionCommand({ policyName, policyDocument: otherDocument }),
        );
    },
  },
  "a policy of more than 2,048 characters": {
    by: control.MalformedPolicyException,
    status: 400,
    ask: ({ at }) => {
      const Resource = `arn:aws:iot:*:*:topic/${"x".repeat(2_048)}`;
      const Statement = [{ Effect: "Allow", Action: "iot:Publish", Resource }];
      const policyDocument = JSON.stringify({ Version: "2012-10-17", Statement });
      const policyName = freshName("p");
      return at.iot.send(new control.CreatePolicyCommand({ policyName, policyDocument }));
    },
  },
  "an eleventh policy of a certificate": {
    by: control.LimitExceededException,
    status: 410,
    ask: async (fleet, { certificateArn: target }) => {
      // Policies of other devices, which are removed with them.
      for (let n = 0; n < 10; n++) {
        const { thingName: policyName } = await fleet.device();
        await fleet.attach(policyName, target);
      }
    },
  },
  "deleting a policy that is attached": {
    by: control.DeleteConflictException,
    status: 409,
    ask: ({ at }, { thingName: policyName }) =>
      at.iot.send(new control.DeletePolicyCommand({ policyName })),
  },
  "deleting a certificate that is active": {
    by: control.CertificateStateException,
    status: 406,
    ask: ({ at }, { certificateId }) =>
      at.iot.send(new control.DeleteCertificateCommand({ certificateId })),
  },
};

const shadowName = "settings";
const updateWith = (payload: string) => (fleet: Fleet, device: Device) => {
  const { thingName } = device;
  const command = new data.UpdateThingShadowCommand({ thingName, shadowName, payload });
  return fleet.at.plane.send(command);
};
const publishTo = (topic: string, payload: string | Uint8Array) => (fleet: Fleet) =>
  fleet.at.plane.send(new data.PublishCommand({ topic, payload, qos: 1 }));

const ofDataPlane: Readonly<Record<string, Refused>> = {
  "a shadow that is not there": {
    by: data.ResourceNotFoundException,
    status: 404,
    ask: ({ at }, { thingName }) =>
      at.plane.send(new data.GetThingShadowCommand({ thingName, shadowName })),
  },
  "a shadow of another version": {
    by: data.ConflictException,
    status: 409,
    ask: async (fleet, device) => {
      await updateWith('{"state":{"desired":{"a":1}}}')(fleet, device);
      await updateWith('{"state":{"desired":{"a":2}},"version":9}')(fleet, device);
    },
  },
  "a shadow that is not JSON": {
    by: data.InvalidRequestException,
    status: 400,
    ask: updateWith("{"),
  },
  "a shadow name of 65 characters": {
    by: data.InvalidRequestException,
    status: 400,
    ask: ({ at }, { thingName }) =>
      at.plane.send(new data.GetThingShadowCommand({ thingName, shadowName: "s".repeat(65) })),
  },
  "a thing name of 129 characters": {
    by: data.InvalidRequestException,
    status: 400,
    ask: ({ at }) =>
      at.plane.send(new data.GetThingShadowCommand({ thingName: "t".repeat(129), shadowName })),
  },
  "a client token of 65 bytes": {
    by: data.InvalidRequestException,
    status: 400,
    ask: updateWith(JSON.stringify({ state: { desired: {} }, clientToken: "c".repeat(65) })),
  },
  "a shadow that is too large": {
    by: data.RequestEntityTooLargeException,
    status: 413,
    ask: updateWith(JSON.stringify({ state: { desired: { a: "x".repeat(9_000) } } })),
  },
  "a topic with too many slashes": {
    by: data.InvalidRequestException,
    status: 400,
    ask: publishTo("a/b/c/d/e/f/g/h/i", "x"),
  },
  "a payload of more than 128 KB": {
    by: data.RequestEntityTooLargeException,
    status: 413,
    ask: publishTo("a", new Uint8Array(128 * 1024 + 1)),
  },
};

export function errorsContract(use: () => Fleet): void {
  test.each(Object.entries({ ...ofControlPlane, ...ofDataPlane }))(
    "answer %s with a typed exception",
    async (_name, { by, status, ask }) => {
      const device = await use().device();
      const error: unknown = await ask(use(), device).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(by);
      expect(error).toMatchObject({ $metadata: { httpStatusCode: status } });
    },
  );
}
