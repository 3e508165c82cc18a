/**
 * The data folder: one process at a time, secrets made once, everything in it readable by its owner only.
 * What is written here is written whole or not at all.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import path from "node:path";
import { createRandomIds } from "@sightline/core/adapters/random-ids";
import { newTokenText } from "@sightline/core/access/authenticate";
import type { FirstAdmin } from "@sightline/core/access/bootstrap";
import { systemClock } from "@sightline/core/adapters/system-clock";

export class FolderInUse extends Error {}

export interface Secrets {
  readonly organization: string;
  readonly admin: FirstAdmin;
  /** 32 bytes, base64: camera credentials at rest. */
  readonly vaultKey: string;
  /** 32 bytes, base64: signs upload URLs. */
  readonly uploadKey: string;
  /** What the device gateway of this machine takes its REST calls with. */
  readonly gateway: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface DataFolder {
  readonly path: string;
  readonly file: (...names: string[]) => string;
  readonly secrets: Secrets;
  /** Ports of the last run, so that boxes and scripts find the system again. */
  readonly ports: Readonly<Record<string, number>>;
  savePorts(ports: Readonly<Record<string, number>>): Promise<void>;
  writeJson(name: string, value: unknown): Promise<void>;
  /** Undefined when there is no such file. */
  readJson<T>(name: string): Promise<T | undefined>;
  removeFile(name: string): Promise<void>;
  unlock(): void;
}

/** @throws FolderInUse */
export async function openDataFolder(folder: string): Promise<DataFolder> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const lock = await takeLock(folder);
  const file = (...names: string[]): string => path.join(folder, ...names);
  const writeJson = (name: string, value: unknown): Promise<void> =>
    writeWhole(file(name), `${JSON.stringify(value, undefined, 2)}\n`);
  await rm(file("ready.json"), { force: true });
  return {
    path: folder,
    file,
    secrets: await readSecrets(file, writeJson),
    ports: (await readJson<Record<string, number>>(file("ports.json"))) ?? {},
    savePorts: (ports) => writeJson("ports.json", ports),
    writeJson,
    readJson: (name) => readJson(file(name)),
    removeFile: (name) => rm(file(name), { force: true }),
    unlock: () => void lock.close(),
  };
}

/** A socket in Linux' abstract namespace: taking it is atomic, and the kernel drops it with the process, also after kill -9. */
async function takeLock(folder: string): Promise<Server> {
  const { dev, ino } = await stat(folder);
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = new FolderInUse(
        `another sightline runs on ${folder}; stop it, or give this one another folder with --data`,
      );
      reject(error.code === "EADDRINUSE" ? taken : error);
    });
    server.listen({ path: `\0sightline-${dev}-${ino}` }, () => {
      server.unref();
      resolve(server);
    });
  });
}

interface AdminFile extends FirstAdmin {
  readonly organization: string;
}
type SecretsFile = Omit<Secrets, "organization" | "admin">;

async function readSecrets(
  file: (name: string) => string,
  writeJson: (name: string, value: unknown) => Promise<void>,
): Promise<Secrets> {
  const ids = createRandomIds(systemClock);
  let secrets = await readJson<SecretsFile>(file("secrets.json"));
  if (!secrets) {
    const accessKeyId = `LOCAL${randomBytes(8).toString("hex").toUpperCase()}`;
    secrets = {
      vaultKey: randomBytes(32).toString("base64"),
      uploadKey: randomBytes(32).toString("base64"),
      gateway: { accessKeyId, secretAccessKey: ids.secret() },
    };
    await writeJson("secrets.json", secrets);
  }
  let admin = await readJson<AdminFile>(file("admin.json"));
  if (!admin) {
    const password = randomBytes(15).toString("base64url");
    const organization = ids.next("organization");
    admin = { organization, login: "admin", password, token: newTokenText(ids) };
    await writeJson("admin.json", admin);
  }
  const { organization, login, password, token } = admin;
  return { ...secrets, organization, admin: { login, password, token } };
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new Error(`${file} cannot be read; mend it, or start with another folder`, {
      cause: error,
    });
  }
}

async function writeWhole(file: string, text: string): Promise<void> {
  const draft = `${file}.new`;
  await rm(draft, { force: true });
  const handle = await open(draft, "wx", 0o600);
  await handle.writeFile(text);
  await handle.sync();
  await handle.close();
  await rename(draft, file);
}
