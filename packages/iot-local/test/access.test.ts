/** Who gets in, and what the folder, the authority and the certificates look like. */
import { X509Certificate } from "node:crypto";
import { stat } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import {
  CreateCertificateFromCsrCommand,
  CreatePolicyCommand,
  CreatePolicyVersionCommand,
  DescribeThingCommand,
  GetPolicyCommand,
  ListThingsCommand,
} from "@aws-sdk/client-iot";
import { PublishCommand } from "@aws-sdk/client-iot-data-plane";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startIotLocal } from "../src/iot-local.ts";
import { closed, createRequest, freshName } from "./fleet.ts";
import { clientsOf, freshCredentials, RunningIot } from "./running-iot.ts";

let running: RunningIot;
beforeAll(
  async () =>
    void (running = await RunningIot.start({
      serverNames: ["127.0.0.1", "::1", "sightline.test"],
    })),
);
afterAll(() => running.close());

const status = (path: string, headers: Record<string, string> = {}): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    request(`${running.local.restUrl}${path}`, { headers }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });

test("answers 403 to a request without a signature, or with one that is made up", async () => {
  expect(await status("/things")).toBe(403);
  const { accessKeyId } = running.options.credentials;
  const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${day}/local/iot/aws4_request, SignedHeaders=host, Signature=${"0".repeat(64)}`;
  expect(await status("/things", { authorization, "x-amz-date": `${day}T000000Z` })).toBe(403);
});

test.each([
  ["another access key", () => freshCredentials(), "UnrecognizedClientException"],
  [
    "another secret",
    () => ({ ...running.options.credentials, secretAccessKey: "no" }),
    "InvalidSignatureException",
  ],
])("refuses %s", async (_name, credentials, name) => {
  const { iot } = clientsOf(running.local.restUrl, credentials());
  await expect(iot.send(new ListThingsCommand({}))).rejects.toMatchObject({ name });
});

test("checks the body with the signature", async () => {
  const { plane } = clientsOf(running.local.restUrl, running.options.credentials);
  const { requestHandler } = plane.config;
  const handle = requestHandler.handle.bind(requestHandler);
  requestHandler.handle = (signed, options) => {
    signed.body = Buffer.from("twisted");
    return handle(signed, options);
  };
  await expect(
    plane.send(new PublishCommand({ topic: "a", payload: "honest!", qos: 1 })),
  ).rejects.toMatchObject({ name: "InvalidSignatureException" });
});

test("answers 404 with a typed error to what it does not offer", async () => {
  const { iot } = running.at;
  await expect(
    iot.send(new DescribeThingCommand({ thingName: freshName("no") })),
  ).rejects.toMatchObject({
    name: "ResourceNotFoundException",
    $metadata: { httpStatusCode: 404 },
  });
});

test("refuses a second process on its folder, and says so", async () => {
  await expect(startIotLocal({ ...running.options, mqttPort: 0 })).rejects.toThrow(
    "in use by another",
  );
});

test("names the rule that it cannot parse", async () => {
  const rules = [{ name: "broken", sql: "SELECT * FROM", handle: async () => undefined }];
  await expect(RunningIot.start({ rules })).rejects.toThrow("rule broken: expected a topic filter");
});

test("keeps its folder and keys to itself", async () => {
  const mode = async (path: string): Promise<number> =>
    (await stat(join(running.options.folder, path))).mode & 0o777;
  expect(await mode(".")).toBe(0o700);
  expect(await mode("authority.pem")).toBe(0o600);
  expect(await mode("server.pem")).toBe(0o600);
});

test("shows a server certificate that names what it was told to", async () => {
  const ca = running.local.ca.certificatePem;
  const socket = connectTls({
    host: "127.0.0.1",
    port: running.local.mqttPort,
    ca,
    servername: "sightline.test",
  });
  const certificate = await new Promise<X509Certificate | undefined>((resolve, reject) => {
    socket.once("secureConnect", () => resolve(socket.getPeerX509Certificate()));
    socket.once("error", reject);
  });
  socket.destroy();
  expect(certificate?.checkHost("sightline.test")).toBe("sightline.test");
  expect(certificate?.checkIP("127.0.0.1")).toBe("127.0.0.1");
  expect(certificate?.checkIP("::1")).toBe("::1");
});

test("keeps the server certificate across a restart, and makes a new one for other names", async () => {
  const own = await RunningIot.start({ serverNames: ["127.0.0.1", "::1"] });
  const serial = (): Promise<string | undefined> =>
    new Promise((resolve, reject) => {
      const socket = connectTls({
        host: "127.0.0.1",
        port: own.local.mqttPort,
        ca: own.local.ca.certificatePem,
      });
      socket.once("error", reject);
      socket.once("secureConnect", () => {
        resolve(socket.getPeerX509Certificate()?.serialNumber);
        socket.destroy();
      });
    });
  try {
    const [first, { fingerprint256 }] = [await serial(), own.local.ca];
    await own.restart();
    expect(await serial()).toBe(first);
    own.options.serverNames.push("other.test");
    await own.restart();
    expect(await serial()).not.toBe(first);
    expect(own.local.ca.fingerprint256).toBe(fingerprint256);
  } finally {
    await own.close();
  }
});

test("issues a chain for the HTTPS server of this machine", async () => {
  const { certificatePem, keyPem } = await running.local.issueServerCertificate(["api.test"]);
  const [leaf = "", authority = ""] =
    certificatePem.match(/-----BEGIN[^]+?-----END CERTIFICATE-----/g) ?? [];
  const certificate = new X509Certificate(leaf);
  expect(certificate.checkHost("api.test")).toBe("api.test");
  expect(certificate.verify(new X509Certificate(authority).publicKey)).toBe(true);
  expect(new X509Certificate(authority).fingerprint256.replaceAll(":", "").toLowerCase()).toBe(
    running.local.ca.fingerprint256,
  );
  expect(keyPem).toContain("PRIVATE KEY");
});

test("refuses a certificate signing request whose signature is wrong", async () => {
  const { csrPem } = await createRequest("honest");
  const der = Buffer.from(csrPem.replace(/-----[^-]+-----|\s/g, ""), "base64");
  der[der.indexOf("honest")] = "H".charCodeAt(0);
  const twisted = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString("base64")}\n-----END CERTIFICATE REQUEST-----`;
  for (const certificateSigningRequest of [twisted, "nonsense"])
    await expect(
      running.at.iot.send(new CreateCertificateFromCsrCommand({ certificateSigningRequest })),
    ).rejects.toMatchObject({ name: "InvalidRequestException" });
});

test("lets in no certificate of another authority, and none that was never active", async () => {
  const other = await RunningIot.start();
  try {
    const stranger = await other.fleet.device();
    await expect(running.fleet.connect(stranger)).rejects.toThrow();
  } finally {
    await other.close();
  }
  const { csrPem, keyPem } = await createRequest("new");
  const made = await running.at.iot.send(
    new CreateCertificateFromCsrCommand({ certificateSigningRequest: csrPem }),
  );
  const { certificateArn = "", certificateId = "", certificatePem = "" } = made;
  const device = { thingName: "new", certificateId, certificateArn, certificatePem, keyPem };
  await expect(running.fleet.connect(device)).rejects.toThrow();
});

test("obeys a new default version of a policy at once", async () => {
  const { fleet, at } = running;
  const device = await fleet.device();
  const client = await fleet.connect(device);
  await client.publishAsync("a", "", { qos: 1 });
  const policyName = device.thingName;
  const document = (Action: string[]): string =>
    JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action, Resource: "*" }],
    });
  const connectOnly = document(["iot:Connect"]);
  await at.iot.send(
    new CreatePolicyVersionCommand({ policyName, policyDocument: connectOnly, setAsDefault: true }),
  );
  const policy = await at.iot.send(new GetPolicyCommand({ policyName }));
  expect(policy).toMatchObject({ defaultVersionId: "2", policyDocument: connectOnly });
  const end = closed(client);
  client.publish("a", "", { qos: 1 });
  await end;
  await expect(
    at.iot.send(new CreatePolicyCommand({ policyName: freshName("p"), policyDocument: "{}" })),
  ).rejects.toMatchObject({ name: "MalformedPolicyException" });
});

test("closes within two seconds with clients connected", async () => {
  const own = await RunningIot.start();
  const devices = await Promise.all(Array.from({ length: 20 }, () => own.fleet.device()));
  const clients = await Promise.all(devices.map((device) => own.fleet.connect(device)));
  const ends = clients.map(closed);
  const before = performance.now();
  await own.local.close();
  expect(performance.now() - before).toBeLessThan(4_000);
  await Promise.all(ends);
  await own.close();
});
