/**
 * Whatever a box hears on its topics and as answer to what it asks: the agent neither breaks nor asks without end, writes down
 * nothing that has not the form of desired state, and obeys the next good word.
 */
import { DeviceDesired, StreamDesired } from "@sightline/contracts/desired-state";
import { deviceShadow, streamShadow } from "@sightline/contracts/shadow";
import { StreamId } from "@sightline/contracts/ids";
import { noWish } from "@sightline/contracts/wish";
import { parseJson } from "@sightline/edge-agent/json";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { mutated, oddJson, oddText } from "../support/garbage.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";
import { waitFor } from "../support/wait-for.ts";
import {
  commandTopic,
  shadowTopic,
  startWiredAgent,
  type WiredAgent,
} from "../support/wired-agent.ts";

const [member, other] = [`str_${"1".repeat(26)}`, `str_${"2".repeat(26)}`];
const command = `cmd_${"0".repeat(26)}`;
const timestamp = Math.floor(Date.now() / 1000);

let agent: WiredAgent;

beforeAll(async () => {
  agent = await startWiredAgent();
});
beforeEach(() => {
  vi.spyOn(process.stderr, "write").mockReturnValue(true);
});
afterAll(() => agent.stop());

const stream = (revision: number): StreamDesired => ({
  v: 1,
  id: member,
  revision,
  localName: "door",
  enabled: true,
  source: { url: "rtsp://camera/1", transport: "tcp", credentials: "" },
  settings: {},
});
const manifest = (revision: number): DeviceDesired => ({
  v: 1,
  manifest: { [member]: revision },
  wish: noWish,
});

const valid = {
  manifest: { state: manifest(1), version: 3, timestamp },
  manifestDocument: {
    state: { desired: manifest(1), reported: { manifest: { [other]: 1 } } },
    version: 3,
    timestamp,
  },
  stream: { state: stream(1), version: 3, timestamp },
  streamDocument: { state: { desired: stream(1) }, version: 3, timestamp },
  written: { state: { desired: { manifest: { [member]: null } } }, version: 4, clientToken: "x" },
  command: {
    v: 1,
    id: command,
    kind: "stream.stats",
    args: { stream: member },
    afterRevision: 0,
    issuedAtMs: 1,
    expiresAtMs: 4e12,
    ttlMs: 10_000,
    requestId: "x",
  },
  certificate: {
    v: 1,
    csrHash: "x",
    certificatePem: "x",
    certificateLife: { issuedAtMs: 1, expiresAtMs: 2 },
  },
};

interface Heard {
  readonly topic: string;
  readonly payload: string;
}
const heard = (topic: string, payload: unknown): fc.Arbitrary<Heard> =>
  mutated(payload).map((text) => ({ topic, payload: text }));

const commandIds = fc.stringMatching(/^[0-9a-hjkmnp-tv-z]{26}$/).map((letters) => `cmd_${letters}`);

const messages = fc.oneof(
  heard(shadowTopic(deviceShadow, "update/delta"), valid.manifest),
  heard(shadowTopic(deviceShadow, "update/accepted"), valid.written),
  heard(shadowTopic(streamShadow(member), "update/delta"), valid.stream),
  heard(shadowTopic(streamShadow(other), "get/accepted"), valid.streamDocument),
  heard(shadowTopic(deviceShadow, "get/rejected"), { clientToken: "x", code: 404 }),
  heard(commandTopic("certificate"), valid.certificate),
  commandIds.chain((id) => heard(commandTopic(id), { ...valid.command, id })),
  fc.record({
    topic: fc.oneof(
      oddText,
      oddText.map(commandTopic),
      oddText.map((name) => shadowTopic(name, "update/delta")),
      oddText.map((name) => shadowTopic(`stream-${name}`, "update/delta")),
    ),
    payload: fc.oneof(oddJson, oddText, fc.constant(JSON.stringify(valid.stream))),
  }),
);

/** Payloads with a hole for the token of the request. */
const answers = (document: object): fc.Arbitrary<string> =>
  mutated({ ...document, clientToken: "@token" });

/** A revision is believed once the rest of its state is well formed: it never goes back, so a huge one is the last one. */
function isTooNew(text: string): boolean {
  const { state } = (parseJson(text) ?? {}) as { state?: { desired?: unknown } | null };
  const parsed = StreamDesired.safeParse(state?.desired);
  return parsed.success && parsed.data.revision > 1;
}

/** Rows of the journal that are none of what an agent may write down. */
async function oddRows(): Promise<readonly unknown[]> {
  const good: Readonly<Record<string, (name: string, value: unknown) => boolean>> = {
    thing: () => true,
    manifest: (_, value) => DeviceDesired.shape.manifest.safeParse(value).success,
    stream: (name, value) => {
      const { desired } = value as { desired?: unknown };
      const isGood = desired === undefined || StreamDesired.safeParse(desired).success;
      return StreamId.safeParse(name).success && isGood;
    },
    command: (name) => /^cmd_[0-9a-z]{26}$/.test(name),
  };
  const rows = await agent.journal();
  return rows.filter(({ key, value }) => {
    const [kind = "", name = ""] = key.split("/");
    return value !== undefined && good[kind]?.(name, value) !== true;
  });
}

let revision = 10;

/** A new revision of the stream is asked for and held. */
async function expectObedience(): Promise<void> {
  revision += 1;
  const wanted = revision;
  agent.answer = (shadow, clientToken) => [
    JSON.stringify({
      state: { desired: shadow === deviceShadow ? manifest(wanted) : { ...stream(wanted) } },
      version: wanted,
      timestamp,
      clientToken,
    }),
  ];
  agent.hear(
    shadowTopic(deviceShadow, "update/delta"),
    JSON.stringify({ state: manifest(wanted), version: wanted, timestamp }),
  );
  await waitFor(
    `revision ${wanted}`,
    async () => {
      const rows = await agent.journal();
      const last = rows.findLast(({ key }) => key === `stream/${member}`);
      return (last?.value as { desired?: StreamDesired } | undefined)?.desired?.revision === wanted;
    },
    { timeoutMs: 20_000, pollMs: 5 },
  );
}

test(
  "anything that is heard leaves the agent and its journal sound, and the next good word is obeyed",
  async () => {
    const property = fc.asyncProperty(
      fc.array(messages, { minLength: 1, maxLength: 6 }),
      answers(valid.manifestDocument),
      answers(valid.streamDocument).filter((text) => !isTooNew(text)),
      async (all, ofDevice, ofStream) => {
        agent.answer = (shadow, clientToken) => [
          (shadow === deviceShadow ? ofDevice : ofStream).replace("@token", clientToken),
        ];
        agent.asked.length = 0;
        for (const { topic, payload } of all) agent.hear(topic, payload);
        await expectObedience();
        // Every message is worth two looks at a shadow, and the good word one at each; a few may be late ones of the run before.
        expect(agent.asked.length).toBeLessThan(40);
        expect(await oddRows()).toEqual([]);
        expect(agent.ended).toEqual([]);
      },
    );
    await fc.assert(property, runs(30));
  },
  runsTimeoutMs,
);
