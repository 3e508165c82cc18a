/** AWS IoT as devices meet it: the endpoint, the CA of its certificate, and what a device may do. */
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { devicePolicy, devicePolicyName } from "@sightline/contracts/device-policy";
import { accountId, installation, partition, region } from "./installation.ts";

/** RSA and elliptic curves: AWS picks by what the device offers. [AWS IoT developer guide, "Server authentication"] */
const roots = ["Amazon Root CA 1", "Amazon Root CA 3"];

export const caPem = roots
  .map((name) => {
    const found = rootCertificates.find((pem) =>
      new X509Certificate(pem).subject.endsWith(`CN=${name}`),
    );
    if (!found) throw new Error(`this Node does not know ${name}; deploy with Node 20 or newer`);
    return found;
  })
  .join("\n");

export const endpoint = aws.iot.getEndpointOutput({ endpointType: "iot:Data-ATS" }).endpointAddress;

/** The document that iot-local enforces, too. */
export const policy = new aws.iot.Policy("DevicePolicy", {
  name: devicePolicyName(installation),
  policy: $resolve([region, accountId, partition]).apply(([regionName, account, partitionName]) =>
    devicePolicy({
      ...installation,
      region: regionName,
      accountId: account,
      partition: partitionName,
    }),
  ),
});
