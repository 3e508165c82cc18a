/** How a box joins, is replaced, and leaves: over HTTP and MQTT, with certificates of the gateway's own authority. */
import { X509Certificate } from "node:crypto";
import { limits } from "@sightline/contracts/limits";
import { unseal } from "@sightline/contracts/sealed";
import { enrolmentToken } from "@sightline/contracts/enrolment";
import { followRemoval } from "@sightline/functions/enrol/removal";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKeys, type Box } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName, installation } from "../support/names.ts";
import { expectProblem } from "../support/problem.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const addStream = async (box: Box, password: string): Promise<string> => {
  const body = {
    name: freshName("s"),
    device: box.device,
    source: { url: `rtsp://admin:${password}@camera/1` },
  };
  return String((await cloud.call("/v1/streams", { body })).body.id);
};
/** The sealed credentials as the box gets them. */
const sealedOf = async (box: Box, stream: string): Promise<string> => {
  const { body } = await cloud.call(`/v1/devices/${box.device}/shadows/stream-${stream}`);
  return String(body.state.desired.source.credentials);
};

describe("a box that enrols", () => {
  test("gets what it needs to connect, and is who its certificate says", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const answer = await box.enrol(await box.newToken());
    expect(answer.status).toBe(201);
    const { certificatePem, certificateLife, caPem, ...rest } = answer.body;
    expect(rest).toEqual({
      ...installation,
      organization: cloud.organization,
      device: { id: box.device, name: box.name },
      thing: box.thing,
      mqtt: { host: "127.0.0.1", port: cloud.iotLocal.mqttPort },
    });
    const certificate = new X509Certificate(certificatePem);
    expect(certificateLife.expiresAtMs).toBe(Date.parse(certificate.validTo));
    expect(certificateLife.issuedAtMs).toBeLessThanOrEqual(cloud.deps.clock.nowMs());
    const ca = new X509Certificate(caPem);
    expect(certificate.verify(ca.publicKey)).toBe(true);
    expect(certificate.checkPrivateKey(box.keys.key)).toBe(true);
    await (await box.connect({ identity: answer.body })).endAsync();
    expect((await cloud.call(`/v1/devices/${box.device}`)).body.enrolledAtMs).toBeGreaterThan(0);
  });

  test("by a token that pins the authority it must meet", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const route = `/v1/devices/${box.name}/enrolments`;
    const { status, body } = await cloud.call(route, { method: "POST" });
    expect(status).toBe(201);
    expect(body).toMatchObject({ device: box.device });
    expect(body.expiresAtMs - cloud.deps.clock.nowMs()).toBeLessThanOrEqual(limits.enrolmentTtlMs);
    expect(enrolmentToken.parse(body.token)?.caFingerprint).toBe(cloud.iotLocal.ca.fingerprint256);
  });

  test("and asks again with the same request, for the answer was lost, gets the same answer", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await box.newToken();
    const [first, again] = [await box.enrol(token), await box.enrol(token)];
    expect(again.status).toBe(201);
    expect(again.body).toEqual(first.body);
    await (await box.connect({ identity: again.body })).endAsync();
  });

  test("finds the streams that were placed on it before, with credentials that only it opens", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const stream = await addStream(box, "planted-1");
    await box.enrol(await box.newToken());
    const opened = await unseal(box.keys.sealing.privateKey, await sealedOf(box, stream), stream);
    expect(JSON.parse(opened)).toEqual({ username: "admin", password: "planted-1" });
  });
});

describe("an enrolment is refused", () => {
  test("for a CSR that is none, and the token is still good for one that is", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await box.newToken();
    const body = "-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n-----END CERTIFICATE REQUEST-----\n";
    for (const csr of ["", "garbage", body])
      expectProblem(await box.enrol(token, { ...box.keys, csr }), "enrolment.csr-invalid");
    expect((await box.enrol(token)).status).toBe(201);
    expectProblem(await box.enrol(token, { ...box.keys, csr: body }), "enrolment.invalid");
  });

  test("for another CSR once the token is taken", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await box.newToken();
    await box.enrol(token);
    expectProblem(await box.enrol(token, await makeKeys()), "enrolment.invalid");
  });

  test("when the token has expired, also for who had taken it", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const [unused, used] = [await box.newToken(), await box.newToken()];
    await box.enrol(used);
    cloud.deps.clock.advance(limits.enrolmentTtlMs);
    expectProblem(await box.enrol(unused), "enrolment.invalid");
    expectProblem(await box.enrol(used), "enrolment.invalid");
  });

  test("with the same words for every token that is none", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await box.newToken();
    const [id = "", secret = "", pin = ""] = token.split(".");
    const wrong = [
      `${id}.${"A".repeat(43)}.${pin}`,
      `enr_${"0".repeat(26)}.${secret}.${pin}`,
      "garbage",
      "",
    ];
    const answers = await Promise.all(wrong.map((text) => box.enrol(text)));
    for (const answer of answers) expectProblem(answer, "enrolment.invalid");
    expect(new Set(answers.map(({ body }) => body.detail)).size).toBe(1);
    // None of them has used it up.
    expect((await box.enrol(token)).status).toBe(201);
  });

  test("when the device is gone", async () => {
    const box = await cloud.addBox({ enrolled: false });
    const token = await box.newToken();
    await cloud.call(`/v1/devices/${box.device}`, { method: "DELETE" });
    expectProblem(await box.enrol(token), "enrolment.invalid");
  });

  test.each([
    ["a CSR that is none", { csr: "garbage" }, "enrolment.csr-invalid"],
    ["a sealing key that is none", { sealingKey: "short" }, "input.invalid"],
    ["a field that is not known", { extra: 1 }, "input.invalid"],
  ] as const)("with %s", async (_, some, code) => {
    const box = await cloud.addBox({ enrolled: false });
    const { csr, sealing } = box.keys;
    const body = { token: await box.newToken(), csr, sealingKey: sealing.publicKey, ...some };
    expectProblem(await cloud.call("/v1/enrolments", { body, token: "" }), code);
  });
});

describe("a box that replaces another", () => {
  test("ends the other's connection and certificate, and gets streams that only it opens", async () => {
    const box = await cloud.addBox();
    const [identity, keys] = [box.identity, box.keys];
    const stream = await addStream(box, "planted-2");
    const first = await sealedOf(box, stream);
    const old = await box.connect();
    let isClosed = false;
    old.once("close", () => {
      isClosed = true;
    });

    box.keys = await makeKeys();
    const answer = await box.enrol(await box.newToken());
    expect(answer.status).toBe(201);
    await waitFor("the old connection ends", () => isClosed, { timeoutMs: 5_000 });
    await expect(box.connect({ identity, key: keys.key })).rejects.toThrow();

    const { body } = await cloud.call(`/v1/streams/${stream}`);
    expect(body).toMatchObject({ revision: 2, desiredBy: "enrolment" });
    const resealed = await sealedOf(box, stream);
    expect(resealed).not.toBe(first);
    const opened = await unseal(box.keys.sealing.privateKey, resealed, stream);
    expect(JSON.parse(opened)).toMatchObject({ password: "planted-2" });
    await expect(unseal(keys.sealing.privateKey, resealed, stream)).rejects.toMatchObject({
      code: "stream.secret-unreadable",
    });
    await (await box.connect({ identity: answer.body })).endAsync();
  });

  test("by the same keys keeps what is sealed for them", async () => {
    const box = await cloud.addBox();
    const stream = await addStream(box, "planted-3");
    const before = await sealedOf(box, stream);
    await box.enrol(await box.newToken());
    expect(await sealedOf(box, stream)).toBe(before);
    expect((await cloud.call(`/v1/streams/${stream}`)).body.revision).toBe(1);
  });
});

test("a device that is removed loses its connection, its certificate and its shadows", async () => {
  const box = await cloud.addBox();
  await addStream(box, "planted-4");
  const connection = await box.connect();
  let isClosed = false;
  connection.once("close", () => {
    isClosed = true;
  });
  await cloud.call(`/v1/devices/${box.device}?unplace=true`, { method: "DELETE" });
  const change = {
    entity: "device",
    organization: cloud.organization,
    id: box.device,
    what: "removed",
  } as const;
  await followRemoval(cloud.deps, change);
  await waitFor("the connection ends", () => isClosed, { timeoutMs: 5_000 });
  await expect(box.connect()).rejects.toThrow();
  expect(await cloud.deps.gateway.listShadows(box.thing)).toEqual([]);
  expect(await cloud.deps.gateway.getShadow(box.thing, "device")).toBeUndefined();
  // Delivered again, as table streams do.
  await followRemoval(cloud.deps, change);
});
