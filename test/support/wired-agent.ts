/** The whole agent with a wire that the test holds both ends of, and no pipeline: what it hears, asks and writes down. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { thingName } from "@sightline/contracts/ids";
import { shadowTopics, topics } from "@sightline/contracts/topics";
import { Agent } from "@sightline/edge-agent/agent";
import { Journal } from "@sightline/edge-agent/journal/journal";
import { decodeRecords, type JournalRecord } from "@sightline/edge-agent/journal/record";
import type { Transport, TransportHandlers } from "@sightline/edge-agent/transport/transport";
import { installation } from "./names.ts";

const device = `dev_${"0".repeat(26)}`;
export const thing = thingName(installation, device);

export const shadowTopic = (shadow: string, leaf: string): string =>
  `${shadowTopics.stem(thing, shadow)}/${leaf}`;
export const commandTopic = (leaf: string): string =>
  `${topics.filter("cmd", installation, thing).slice(0, -1)}${leaf}`;

/** What is said to a `get` of that shadow: payloads of `get/accepted`, or of `get/rejected` where `rejected`. */
export type Answer = (shadow: string, clientToken: string) => readonly string[];

export interface WiredAgent {
  hear(topic: string, payload: string): void;
  answer: Answer;
  /** Names of shadows that were asked for, oldest first. */
  readonly asked: string[];
  /** Why the transport was told to drop or the process to end: nothing that is heard may lead there. */
  readonly ended: string[];
  journal(): Promise<readonly JournalRecord[]>;
  stop(): Promise<void>;
}

export async function startWiredAgent(): Promise<WiredAgent> {
  const folder = await mkdtemp(path.join(tmpdir(), "sightline-wired-"));
  const file = path.join(folder, "journal");
  const journal = await Journal.open(file);
  let handlers: TransportHandlers | undefined;
  const wired: WiredAgent = {
    hear: (topic, payload) => handlers?.message(topic, payload),
    answer: () => [],
    asked: [],
    ended: [],
    journal: async () => decodeRecords(await readFile(file, "utf8")).records,
    async stop() {
      await agent.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
  const transport: Transport = {
    connected: true,
    start: () => handlers?.connected(),
    subscribe: async () => undefined,
    async publish(topic, payload) {
      const to = shadowTopics.parse(topic);
      if (!to) return;
      const { clientToken } = JSON.parse(payload) as { clientToken: string };
      if (to.leaf === "get") wired.asked.push(to.shadow);
      const answers = to.leaf === "get" ? wired.answer(to.shadow, clientToken) : [];
      for (const each of answers) wired.hear(shadowTopic(to.shadow, `${to.leaf}/accepted`), each);
      // Who did not understand the answer is not left to wait for one.
      const rejected = JSON.stringify({ clientToken, code: 500, message: "no" });
      wired.hear(shadowTopic(to.shadow, `${to.leaf}/rejected`), rejected);
    },
    drop: (reason) => void wired.ended.push(reason),
    reconnect: (reason) => void wired.ended.push(reason),
    stop: async () => undefined,
  };
  const agent = await Agent.start(
    {
      folder,
      identity: identity(),
      run: {
        pipelineBin: "/bin/false",
        pipelinePort: 0,
        rtspPort: 0,
        pipelineProfile: "auto",
        allowSources: [],
      },
      pipelineToken: "x",
      connectTransport: (_, given) => {
        handlers = given;
        return transport;
      },
      end: (reason) => void wired.ended.push(reason),
      say: () => undefined,
      nowMs: Date.now,
    },
    journal,
  );
  return wired;
}

const identity = () => ({
  v: 1 as const,
  ...installation,
  organization: "org",
  device: { id: device, name: "box" },
  thing,
  certificatePem: "none",
  certificateLife: { issuedAtMs: Date.now(), expiresAtMs: Date.now() + 86_400_000 },
  privateKeyPem: "none",
  caPem: "none",
  mqtt: { host: "127.0.0.1", port: 9 },
  sealingKeys: ["none"],
});
