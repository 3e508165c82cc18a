import {
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  GetPolicyCommand,
  ResourceAlreadyExistsException,
  type IoTClient,
} from "@aws-sdk/client-iot";
import {
  devicePolicy,
  devicePolicyName,
  type PolicyScope,
} from "@sightline/contracts/device-policy";

/** The policy of all devices, as this version of the software wants it. On AWS infra does this. */
export async function ensureDevicePolicy(client: IoTClient, scope: PolicyScope): Promise<void> {
  const policyName = devicePolicyName(scope);
  const policyDocument = devicePolicy(scope);
  try {
    await client.send(new CreatePolicyCommand({ policyName, policyDocument }));
  } catch (error) {
    if (!(error instanceof ResourceAlreadyExistsException)) throw error;
    const current = await client.send(new GetPolicyCommand({ policyName }));
    if (current.policyDocument === policyDocument) return;
    const next = { policyName, policyDocument, setAsDefault: true };
    await client.send(new CreatePolicyVersionCommand(next));
  }
}
