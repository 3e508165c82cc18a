/** Who this box is, from its enrolment: one file, so that it is the old identity or the new one, never a mixture. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { EnrolmentAnswer } from "@sightline/contracts/enrolment";
import { isMissing, writeAtomically } from "./file.ts";

export const Identity = EnrolmentAnswer.extend({
  v: z.literal(1),
  /** PKCS#8, PEM; made on the box. */
  privateKeyPem: z.string(),
  /** X25519 private keys that open camera credentials, newest first. */
  sealingKeys: z.array(z.string()).min(1),
});
export type Identity = z.infer<typeof Identity>;

export const identityFile = "identity.json";
const pathOf = (folder: string): string => join(folder, identityFile);

/** Undefined when the box has not enrolled. @throws Error when the file is damaged */
export async function readIdentity(folder: string): Promise<Identity | undefined> {
  let text: string;
  try {
    text = await readFile(pathOf(folder), "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
  return Identity.parse(JSON.parse(text));
}

export const writeIdentity = (folder: string, identity: Identity): Promise<void> =>
  writeAtomically(pathOf(folder), `${JSON.stringify(identity, undefined, 2)}\n`);
