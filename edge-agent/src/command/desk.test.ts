import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { CommandAck, CommandMessage } from "@sightline/contracts/commands";
import { DomainError } from "@sightline/contracts/errors";
import { ServerClock } from "../clock.ts";
import { Journal } from "../journal/journal.ts";
import { Outbox } from "../outbox.ts";
import { CommandDesk } from "./desk.ts";
import { CommandHistory } from "./history.ts";

const stream = "str_01j00000000000000000000001";
const id = "cmd_01j00000000000000000000001";
const serverMs = 1_900_000_000_000;

const command = (change: Partial<CommandMessage> = {}): string =>
  JSON.stringify({
    v: 1,
    id,
    kind: "stream.stats",
    args: { stream },
    issuedAtMs: serverMs,
    expiresAtMs: serverMs + 10_000,
    ttlMs: 10_000,
    requestId: "req-1",
    ...change,
  });

describe("command desk", () => {
  let folder: string;
  let journal: Journal;
  let acks: CommandAck[];
  let runs: number;
  let outcome: () => Promise<object>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "agent-desk-"));
    journal = await Journal.open(join(folder, "journal"));
    acks = [];
    runs = 0;
    outcome = async () => ({ frames: 1 });
  });
  afterEach(async () => {
    await journal.close();
    await rm(folder, { recursive: true, force: true });
  });

  const openDesk = async (): Promise<CommandDesk> => {
    const { history, interrupted } = await CommandHistory.load(journal, Date.now);
    acks.push(...interrupted);
    const clock = new ServerClock();
    clock.learn(serverMs / 1000);
    return new CommandDesk({
      nowMs: Date.now,
      history,
      clock,
      acknowledge: async (ack) => void acks.push(ack),
      isMember: (each) => each === stream,
      answered: () => 1,
      carryOut: async () => {
        runs += 1;
        return outcome();
      },
    });
  };
  const states = (): string[] => acks.map(({ state, code }) => (code ? `${state} ${code}` : state));

  it("carries out a command that speaks of no stream, at once", async () => {
    const args = { localName: "stranger" };
    await (
      await openDesk()
    ).take(id, command({ kind: "device.remove-unmanaged", args, afterRevision: 99 }));
    expect(acks.map(({ state }) => state)).toEqual(["acknowledged", "succeeded"]);
  });

  it("carries a command out once, however often it comes", async () => {
    const desk = await openDesk();
    await Promise.all([desk.take(id, command()), desk.take(id, command())]);
    await desk.take(id, command());
    expect(runs).toBe(1);
    expect(states()).toEqual(["acknowledged", "succeeded", "succeeded"]);
    expect(acks[1]?.result).toEqual({ frames: 1 });
  });

  it("remembers across a restart", async () => {
    await (await openDesk()).take(id, command());
    await (await openDesk()).take(id, command());
    expect(runs).toBe(1);
    expect(states()).toEqual(["acknowledged", "succeeded", "succeeded"]);
  });

  it("does not know the outcome of what ran when it ended", async () => {
    const desk = await openDesk();
    outcome = () => new Promise(() => undefined);
    void desk.take(id, command());
    while (runs === 0) await new Promise((resolve) => setImmediate(resolve));
    await (await openDesk()).take(id, command());
    expect(runs).toBe(1);
    expect(states()).toEqual([
      "acknowledged",
      "failed command.outcome-unknown",
      "failed command.outcome-unknown",
    ]);
  });

  it.each([
    [
      "a kind that it does not know",
      command({ kind: "device.levitate" }),
      "rejected command.unsupported",
    ],
    ["arguments that are none", command({ args: { stream: "door" } }), "rejected input.invalid"],
    ["no JSON", "{", "rejected input.invalid"],
    [
      "another id than its topic's",
      command({ id: id.replace(/1$/, "2") }),
      "rejected input.invalid",
    ],
    [
      "a time that is over by the server's clock",
      command({ expiresAtMs: serverMs - 1 }),
      "rejected command.expired",
    ],
    ["a time to live that is over", command({ ttlMs: 0 }), "rejected command.expired"],
    [
      "a revision that does not come in time",
      command({ afterRevision: 2, ttlMs: 30 }),
      "rejected command.expired",
    ],
  ])("refuses %s", async (_name, message, state) => {
    const desk = await openDesk();
    await desk.take(id, message);
    expect([states(), runs]).toEqual([[state], 0]);
  });

  it("passes on why a command failed", async () => {
    outcome = async () => {
      throw new DomainError("stream.no-frame", "no frame came from rtsp://u:p@cam/1");
    };
    await (await openDesk()).take(id, command());
    expect(acks[1]).toMatchObject({
      state: "failed",
      code: "stream.no-frame",
      text: "no frame came from rtsp://cam/1",
    });
  });

  it("puts no secret argument into the journal", async () => {
    const uploadUrl = "https://bucket/x.jpg?signature=s3cret";
    await (
      await openDesk()
    ).take(id, command({ kind: "stream.snapshot", args: { stream, uploadUrl } }));
    expect(JSON.stringify(journal.entries(""))).not.toContain("s3cret");
  });

  it("keeps what cannot be sent, in order and across restarts, and drops the oldest", async () => {
    const sent: string[] = [];
    let isOnline = false;
    const publish = async (topic: string): Promise<void> => {
      if (!isOnline) throw new Error("not connected");
      sent.push(topic);
    };
    const outbox = new Outbox(journal, publish);
    for (let n = 0; n < 503; n += 1) await outbox.post({ topic: `ack/${n}`, payload: "{}" });
    expect([outbox.takeDropped(), outbox.takeDropped()]).toEqual([3, 0]);
    const again = new Outbox(journal, publish);
    isOnline = true;
    await again.drain();
    expect([sent.length, sent[0], sent.at(-1)]).toEqual([500, "ack/3", "ack/502"]);
    expect(journal.entries("out/")).toEqual([]);
  });
});
