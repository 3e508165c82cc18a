/** How a box gets its next certificate over MQTT: whatever is lost, comes twice or dies, one of its certificates is in force. */
import { createHash, X509Certificate } from "node:crypto";
import { ListThingPrincipalsCommand } from "@aws-sdk/client-iot";
import type { CertificateAnswer } from "@sightline/contracts/certificate";
import type { EnrolmentAnswer } from "@sightline/contracts/enrolment";
import { limits } from "@sightline/contracts/limits";
import { topics } from "@sightline/contracts/topics";
import { takeCertificateMessage, type RenewalDeps } from "@sightline/core/enrolment/renewal";
import type { Intake } from "@sightline/core/intake/device-message";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeKeys, type Box, type BoxKeys } from "../support/box.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { installation } from "../support/names.ts";
import { waitFor } from "../support/wait-for.ts";

let cloud: Cloud;
beforeAll(async () => {
  cloud = await startCloud();
});
afterAll(() => cloud.close());

const idOf = (pem: string): string =>
  createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
const csrHashOf = ({ csr }: BoxKeys): string => createHash("sha256").update(csr).digest("hex");

/** Ids of the certificates that are attached to the box's thing. */
async function held(box: Box): Promise<string[]> {
  const command = new ListThingPrincipalsCommand({ thingName: box.thing });
  const { principals = [] } = await cloud.iot.send(command);
  return principals.map((arn) => arn.slice(arn.lastIndexOf("/") + 1));
}
const deviceOf = async (box: Box) => (await cloud.call(`/v1/devices/${box.device}`)).body;
const currentOf = (box: Box): string => idOf(box.identity?.certificatePem ?? "");

/** As the rule hands it on. */
const say = (
  box: Box,
  said: { readonly by?: string; readonly csr?: string },
  deps: RenewalDeps = cloud.deps,
): Promise<Intake> =>
  takeCertificateMessage(deps, {
    topic: topics.build({ family: "evt", ...installation, thing: box.thing, leaf: "certificate" }),
    v: 1,
    principal: said.by ?? currentOf(box),
    ...(said.csr !== undefined && { csr: said.csr }),
  });

/** What the cloud answered to this request, by way of the gateway's port. */
function listening(): { readonly deps: RenewalDeps; readonly answers: CertificateAnswer[] } {
  const answers: CertificateAnswer[] = [];
  const gateway = {
    ...cloud.deps.gateway,
    publish: async (_: string, payload: object) => {
      answers.push(payload as CertificateAnswer);
    },
  };
  return { deps: { ...cloud.deps, gateway }, answers };
}

const next = async (box: Box, keys: BoxKeys): Promise<CertificateAnswer> => {
  const { deps, answers } = listening();
  expect(await say(box, { csr: keys.csr }, deps)).toEqual({ kind: "taken" });
  const [answer] = answers;
  if (!answer) throw new Error("no answer");
  return answer;
};

test("a box asks on its connection, changes over, and the certificate before it is revoked", async () => {
  const box = await cloud.addBox();
  const before = box.identity as EnrolmentAnswer;
  const oldId = currentOf(box);
  const keys = await makeKeys();
  await box.connect();
  await box.publish("evt", "certificate", { v: 1, csr: keys.csr });
  const { payload } = await waitFor(
    "the answer",
    () => box.received.find(({ topic }) => topic.endsWith("/certificate")),
    { timeoutMs: 5_000 },
  );
  expect(payload).toMatchObject({ v: 1, csrHash: csrHashOf(keys) });
  const certificatePem = String(payload["certificatePem"]);
  expect(new X509Certificate(certificatePem).checkPrivateKey(keys.key)).toBe(true);
  expect((await held(box)).toSorted()).toEqual([oldId, idOf(certificatePem)].toSorted());
  expect((await deviceOf(box)).certificateId).toBe(oldId);
  await box.disconnect();
  await box.connect({ identity: { ...before, certificatePem }, key: keys.key });
  await box.publish("evt", "certificate", { v: 1 });
  await waitFor("the old one is gone", async () => (await held(box)).length === 1, {
    timeoutMs: 5_000,
  });
  expect(await deviceOf(box)).toMatchObject({
    certificateId: idOf(certificatePem),
    certificateExpiresAtMs: expect.any(Number) as number,
    certificateState: "valid",
  });
  await box.disconnect();
  await expect(box.connect({ identity: before })).rejects.toThrow();
});

test("the same request again gets the same certificate, also when it comes at once", async () => {
  const box = await cloud.addBox();
  const keys = await makeKeys();
  const { deps, answers } = listening();
  await Promise.allSettled([1, 2, 3, 4, 5].map(() => say(box, { csr: keys.csr }, deps)));
  await say(box, { csr: keys.csr }, deps);
  expect(new Set(answers.map(({ certificatePem }) => certificatePem)).size).toBe(1);
  expect(await held(box)).toHaveLength(2);
});

test("another request of the box takes the place of the one before", async () => {
  const box = await cloud.addBox();
  const lost = await next(box, await makeKeys());
  const answer = await next(box, await makeKeys());
  expect((await held(box)).toSorted()).toEqual(
    [currentOf(box), idOf(answer.certificatePem)].toSorted(),
  );
  expect(await held(box)).not.toContain(idOf(lost.certificatePem));
});

test("by the next certificate a box may ask for the one after it", async () => {
  const box = await cloud.addBox();
  const first = idOf((await next(box, await makeKeys())).certificatePem);
  const { deps, answers } = listening();
  await say(box, { by: first, csr: (await makeKeys()).csr }, deps);
  const second = idOf(answers[0]?.certificatePem ?? "");
  expect((await held(box)).toSorted()).toEqual([first, second].toSorted());
});

describe("the control plane dies", () => {
  test("before a certificate that it made is recorded: that one goes with the next try", async () => {
    const box = await cloud.addBox();
    const { csr } = await makeKeys();
    const addCertificate: RenewalDeps["registry"]["addCertificate"] = async (...of) => {
      await cloud.deps.registry.addCertificate(...of);
      throw new Error("killed");
    };
    const registry = { ...cloud.deps.registry, addCertificate };
    await expect(say(box, { csr }, { ...cloud.deps, registry })).rejects.toThrow("killed");
    const [stray = ""] = (await held(box)).filter((id) => id !== currentOf(box));
    expect(await say(box, { csr })).toMatchObject({ kind: "ignored" });
    cloud.deps.clock.advance(limits.enrolmentIssuingMs + 1);
    const { deps, answers } = listening();
    await say(box, { csr }, deps);
    const made = idOf(answers[0]?.certificatePem ?? "");
    expect((await held(box)).toSorted()).toEqual([currentOf(box), made].toSorted());
    expect(made).not.toBe(stray);
  });

  test("before it has answered: asked again, it gives what it made", async () => {
    const box = await cloud.addBox();
    const { csr } = await makeKeys();
    const gateway = { ...cloud.deps.gateway, publish: () => Promise.reject(new Error("killed")) };
    await expect(say(box, { csr }, { ...cloud.deps, gateway })).rejects.toThrow("killed");
    const [made] = (await held(box)).filter((id) => id !== currentOf(box));
    const { deps, answers } = listening();
    await say(box, { csr }, deps);
    expect(idOf(answers[0]?.certificatePem ?? "")).toBe(made);
  });

  test("before the old one is revoked: the next word of the box finishes it", async () => {
    const box = await cloud.addBox();
    const by = idOf((await next(box, await makeKeys())).certificatePem);
    const revokeCertificate = () => Promise.reject(new Error("killed"));
    const registry = { ...cloud.deps.registry, revokeCertificate };
    await expect(say(box, { by }, { ...cloud.deps, registry })).rejects.toThrow("killed");
    expect(await held(box)).toHaveLength(2);
    expect(await say(box, { by })).toEqual({ kind: "taken" });
    expect(await held(box)).toEqual([by]);
  });
});

describe("a message is ignored", () => {
  test("that comes by a certificate which is no longer in force", async () => {
    const box = await cloud.addBox();
    const by = idOf((await next(box, await makeKeys())).certificatePem);
    await say(box, { by });
    const late = await say(box, { csr: (await makeKeys()).csr });
    expect(late).toMatchObject({ kind: "ignored" });
    expect(await held(box)).toEqual([by]);
  });

  test("of a device that was deleted, or whose CSR is none", async () => {
    const box = await cloud.addBox();
    expect(await say(box, { csr: "no" })).toEqual({ kind: "ignored", why: "not a valid CSR" });
    await cloud.call(`/v1/devices/${box.device}`, { method: "DELETE" });
    expect(await say(box, { csr: box.keys.csr })).toMatchObject({ kind: "ignored" });
  });
});

test("a renewal that an enrolment overtakes leaves only the certificate of the enrolment", async () => {
  const box = await cloud.addBox();
  let enrolled: EnrolmentAnswer | undefined;
  const addCertificate: RenewalDeps["registry"]["addCertificate"] = async (...of) => {
    const signed = await cloud.deps.registry.addCertificate(...of);
    const answer = await box.enrol(await box.newToken(), await makeKeys());
    enrolled = answer.body as EnrolmentAnswer;
    return signed;
  };
  const registry = { ...cloud.deps.registry, addCertificate };
  const { csr } = await makeKeys();
  await expect(say(box, { csr }, { ...cloud.deps, registry })).rejects.toThrow("meanwhile");
  expect(await held(box)).toEqual([idOf(enrolled?.certificatePem ?? "")]);
});
