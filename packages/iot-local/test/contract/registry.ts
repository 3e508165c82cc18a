import {
  CreateThingCommand,
  DeleteCertificateCommand,
  DescribeCertificateCommand,
  DescribeEndpointCommand,
  DescribeThingCommand,
  ListAttachedPoliciesCommand,
  ListThingPrincipalsCommand,
  ListThingsCommand,
  UpdateCertificateCommand,
  UpdateThingCommand,
} from "@aws-sdk/client-iot";
import { expect, test } from "vitest";
import { type Fleet, freshName } from "../fleet.ts";

export function registryContract(use: () => Fleet): void {
  test("creates a thing once: again is fine, otherwise is refused", async () => {
    const { thingName } = await use().device();
    const again = await use().at.iot.send(new CreateThingCommand({ thingName }));
    expect(again.thingArn).toBe(`${use().at.arn}:thing/${thingName}`);
    const attributePayload = { attributes: { colour: "red" } };
    await expect(
      use().at.iot.send(new CreateThingCommand({ thingName, attributePayload })),
    ).rejects.toMatchObject({ name: "ResourceAlreadyExistsException" });
  });

  test("updates the attributes of a thing and counts its version", async () => {
    const { thingName } = await use().device();
    const attributePayload = { attributes: { site: "north" } };
    await use().at.iot.send(
      new UpdateThingCommand({ thingName, attributePayload, expectedVersion: 1 }),
    );
    const thing = await use().at.iot.send(new DescribeThingCommand({ thingName }));
    expect(thing).toMatchObject({ version: 2, attributes: { site: "north" } });
    await expect(
      use().at.iot.send(
        new UpdateThingCommand({ thingName, attributePayload, expectedVersion: 1 }),
      ),
    ).rejects.toMatchObject({ name: "VersionConflictException" });
  });

  test("does not know a thing that was never made", async () => {
    await expect(
      use().at.iot.send(new DescribeThingCommand({ thingName: freshName("no") })),
    ).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  test("lists things in pages, each once", async () => {
    const made = [await use().device(), await use().device(), await use().device()];
    const seen: string[] = [];
    let nextToken: string | undefined;
    do {
      const page = await use().at.iot.send(new ListThingsCommand({ maxResults: 2, nextToken }));
      seen.push(...(page.things ?? []).map(({ thingName = "" }) => thingName));
      ({ nextToken } = page);
    } while (nextToken !== undefined);
    for (const { thingName } of made)
      expect(seen.filter((one) => one === thingName)).toHaveLength(1);
  });

  test("tells what is attached", async () => {
    const { thingName, certificateArn } = await use().device();
    const principals = await use().at.iot.send(new ListThingPrincipalsCommand({ thingName }));
    expect(principals.principals).toEqual([certificateArn]);
    const attached = await use().at.iot.send(
      new ListAttachedPoliciesCommand({ target: certificateArn }),
    );
    expect(attached.policies?.map(({ policyName }) => policyName)).toEqual([thingName]);
  });

  test("describes a certificate, whose id is the SHA-256 of its DER", async () => {
    const { certificateId, certificatePem } = await use().device();
    const answer = await use().at.iot.send(new DescribeCertificateCommand({ certificateId }));
    expect(answer.certificateDescription).toMatchObject({ status: "ACTIVE", certificatePem });
    expect(answer.certificateDescription?.validity?.notAfter?.getTime()).toBeGreaterThan(
      Date.now(),
    );
    const der = Buffer.from(certificatePem.replace(/-----[^-]+-----|\s/g, ""), "base64");
    const digest = await crypto.subtle.digest("SHA-256", der);
    expect(Buffer.from(digest).toString("hex")).toBe(certificateId);
  });

  test("does not delete a certificate that is active or attached", async () => {
    const { certificateId } = await use().device();
    const remove = new DeleteCertificateCommand({ certificateId, forceDelete: true });
    await expect(use().at.iot.send(remove)).rejects.toMatchObject({
      name: "CertificateStateException",
    });
    await use().at.iot.send(new UpdateCertificateCommand({ certificateId, newStatus: "INACTIVE" }));
    await expect(use().at.iot.send(remove)).rejects.toMatchObject({
      name: "DeleteConflictException",
    });
  });

  test("tells where devices connect", async () => {
    const endpoint = await use().at.iot.send(
      new DescribeEndpointCommand({ endpointType: "iot:Data-ATS" }),
    );
    expect(endpoint.endpointAddress).toContain(use().at.mqttHost);
  });
}
