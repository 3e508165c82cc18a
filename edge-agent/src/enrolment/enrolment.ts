/**
 * Joining a fleet. Keys and request are on disk before they are sent, so that repeating the command after a lost answer repeats the
 * very request; the identity in force stays until the new one is complete.
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  X509Certificate,
} from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { enrolmentToken, type EnrolmentAnswer } from "@sightline/contracts/enrolment";
import { makeSealingKeyPair } from "@sightline/contracts/sealed";
import { removeFile, writeAtomically } from "../file.ts";
import { readIdentity, writeIdentity } from "../identity.ts";
import { log, reasonOf } from "../log.ts";
import { parseJson } from "../json.ts";
import { makeCsr } from "./csr.ts";
import { requestEnrolment } from "./enrolment-request.ts";
import { fetchPinnedCa, fingerprintOf } from "./pinned-ca.ts";

export interface EnrolOptions {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  /** Kept in agent.json. */
  readonly hardwareId?: string | undefined;
}

/** `code` is the exit code: 0 done, 1 refused, 2 wrong use, 3 try again later. */
export interface EnrolOutcome {
  readonly code: 0 | 1 | 2 | 3;
  readonly text: string;
}

/** What was sent, or is about to be. */
const Attempt = z.object({
  /** SHA-256 of the token: another token is another attempt. */
  tokenHash: z.string(),
  privateKeyPem: z.string(),
  csr: z.string(),
  sealing: z.object({ publicKey: z.string(), privateKey: z.string() }),
});
type Attempt = z.infer<typeof Attempt>;

/** Old camera credentials stay readable over this many enrolments. */
const sealingKeysMax = 3;

export async function enrol(options: EnrolOptions): Promise<EnrolOutcome> {
  const { folder, token } = options;
  const parsed = enrolmentToken.parse(token);
  if (!parsed) return { code: 2, text: "the token is not an enrolment token: copy all of it" };
  const url = enrolmentUrl(options.url);
  if (!url) return { code: 2, text: "the URL must start with https:// (or http:// for a test)" };
  const pinned = parsed.caFingerprint === "public" ? undefined : parsed.caFingerprint;
  const attempt = await prepareAttempt(folder, token);
  const reply = await ask(url, { token, attempt, pinned });
  if ("code" in reply) return reply;
  const flaw = flawOf(reply, attempt, pinned);
  if (flaw !== undefined) return { code: 1, text: `the server's answer cannot be used: ${flaw}` };
  await takeIdentity(options, attempt, reply);
  const { device, organization } = reply;
  return { code: 0, text: `enrolled as ${device.name} (${device.id}) of ${organization}` };
}

interface Question {
  readonly token: string;
  readonly attempt: Attempt;
  /** SHA-256 of the CA that the server must have; undefined for a public one. */
  readonly pinned: string | undefined;
}

async function ask(
  url: URL,
  { token, attempt, pinned }: Question,
): Promise<EnrolmentAnswer | EnrolOutcome> {
  const isPrivate = url.protocol === "https:" && pinned !== undefined;
  try {
    const caPem = isPrivate ? await fetchPinnedCa(url, pinned) : undefined;
    if (isPrivate && caPem === undefined)
      return {
        code: 1,
        text: `${url.host} does not show the CA that the token names: the wrong server, or somebody in between`,
      };
    const request = { token, csr: attempt.csr, sealingKey: attempt.sealing.publicKey };
    const reply = await requestEnrolment(url, request, caPem);
    return reply.kind === "enrolled"
      ? reply.answer
      : { code: reply.again ? 3 : 1, text: reply.text };
  } catch (error) {
    return { code: 3, text: `no answer from ${url.host}: ${reasonOf(error)}` };
  }
}

function enrolmentUrl(text: string): URL | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(`${text.replace(/\/+$/, "")}/v1/enrolments`);
  if (url.protocol === "http:" && !["127.0.0.1", "localhost", "[::1]"].includes(url.hostname))
    log.warn("the token goes over the network without TLS");
  return url;
}

const attemptPath = (folder: string): string => join(folder, "enrolment.json");

/** The attempt of this token, as it was made the first time. */
async function prepareAttempt(folder: string, token: string): Promise<Attempt> {
  const tokenHash = createHash("sha256").update(token).digest("hex");
  const text = await readFile(attemptPath(folder), "utf8").catch(() => "");
  const stored = Attempt.safeParse(parseJson(text));
  if (stored.success && stored.data.tokenHash === tokenHash) return stored.data;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const attempt: Attempt = {
    tokenHash,
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    csr: makeCsr(privateKey, randomBytes(16).toString("hex")),
    sealing: await makeSealingKeyPair(),
  };
  await writeAtomically(attemptPath(folder), JSON.stringify(attempt));
  return attempt;
}

function flawOf(
  answer: EnrolmentAnswer,
  attempt: Attempt,
  pinned: string | undefined,
): string | undefined {
  try {
    const ca = new X509Certificate(answer.caPem);
    if (pinned !== undefined && fingerprintOf(ca.raw) !== pinned)
      return "its CA is not the one that the token names";
    const certificate = new X509Certificate(answer.certificatePem);
    if (!certificate.checkPrivateKey(createPrivateKey(attempt.privateKeyPem)))
      return "the certificate is not for this box's key";
    return undefined;
  } catch (error) {
    return reasonOf(error);
  }
}

async function takeIdentity(
  options: EnrolOptions,
  attempt: Attempt,
  answer: EnrolmentAnswer,
): Promise<void> {
  const { folder, hardwareId } = options;
  const before = await readIdentity(folder).catch(() => undefined);
  const older = before?.thing === answer.thing ? before.sealingKeys : [];
  const keys = new Set([attempt.sealing.privateKey, ...older]);
  if (hardwareId !== undefined) await rememberHardwareId(folder, hardwareId);
  await writeIdentity(folder, {
    v: 1,
    ...answer,
    privateKeyPem: attempt.privateKeyPem,
    sealingKeys: [...keys].slice(0, sealingKeysMax),
  });
  await removeFile(attemptPath(folder));
}

async function rememberHardwareId(folder: string, hardwareId: string): Promise<void> {
  const path = join(folder, "agent.json");
  const before = parseJson(await readFile(path, "utf8").catch(() => "{}"));
  await writeAtomically(
    path,
    `${JSON.stringify({ ...(before as object), hardwareId }, undefined, 2)}\n`,
  );
}
