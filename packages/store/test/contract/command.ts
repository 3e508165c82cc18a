import { expect, it } from "vitest";
import { limits } from "@sightline/contracts/limits";
import { freshId, makeCommand } from "../fixtures.ts";
import { allPages, expectNoWrite, outcomes, type SubjectOf } from "./subject.ts";

export function commandContract(subject: SubjectOf): void {
  const target = () => ({ organization: freshId("organization"), device: freshId("device") });

  it("stores a command once and returns the stored one afterwards", async () => {
    const { commands } = subject().store;
    const command = makeCommand({ ...target(), afterRevision: 4 });
    const { device, id } = command;
    expect(await commands.get(device, id)).toBeUndefined();
    expect(await commands.create(command)).toBeUndefined();
    await expectNoWrite(
      subject(),
      () => commands.create({ ...command, kind: "stream.stats" }),
      command,
    );
    expect(await commands.get(device, id)).toEqual(command);
    expect(await commands.get(freshId("device"), id)).toBeUndefined();
  });

  it("creates for one of 50 racers, and the others learn what it is", async () => {
    const { commands } = subject().store;
    const command = makeCommand(target());
    const racers = Array.from({ length: 50 }, async () => {
      const stored = await commands.create(command);
      if (stored) expect(stored).toEqual(command);
      return stored?.id;
    });
    expect(await outcomes(racers)).toEqual({ done: 1, [`"${command.id}"`]: 49 });
    expect(await commands.pending(command.device)).toEqual([command]);
  });

  it("moves on from the states that are allowed, and ends once", async () => {
    const { commands } = subject().store;
    const command = makeCommand(target());
    await commands.create(command);
    const sent = { ...command, state: "sent" as const, changedAtMs: 7 };
    expect(await commands.transition(sent, ["queued"])).toBe(true);
    expect(await commands.get(command.device, command.id)).toEqual(sent);
    await expectNoWrite(subject(), () => commands.transition(sent, ["queued"]));
    const open = ["queued", "sent", "acknowledged"] as const;
    const racers = (["succeeded", "failed", "expired"] as const).flatMap((state) =>
      Array.from({ length: 10 }, () => commands.transition({ ...sent, state }, open)),
    );
    expect(await outcomes(racers)).toEqual({ true: 1, false: 29 });
    expect(await commands.pending(command.device)).toEqual([]);
    const unknown = { ...sent, id: freshId("command") };
    await expectNoWrite(subject(), () => commands.transition(unknown, ["sent"]));
    await expectNoWrite(subject(), () =>
      commands.transition({ ...unknown, state: "expired" }, ["sent"]),
    );
  });

  it("keeps result, error and a late result, and drops what the next one has not", async () => {
    const { commands } = subject().store;
    const command = makeCommand({ ...target(), afterRevision: 2 });
    await commands.create(command);
    const { afterRevision: _, ...rest } = command;
    const failed = {
      ...rest,
      state: "failed" as const,
      error: { code: "native.refused", text: "no" },
      result: { idrFrames: 2 },
    };
    expect(await commands.transition(failed, ["queued"])).toBe(true);
    expect(await commands.get(command.device, command.id)).toEqual(failed);
    const late = { ...failed, lateResult: { state: "succeeded" } };
    expect(await commands.transition(late, ["failed"])).toBe(true);
    expect(await commands.get(command.device, command.id)).toEqual(late);
  });

  it("lists newest first in pages, and what is pending oldest first", async () => {
    const { commands } = subject().store;
    const of = target();
    const made = Array.from({ length: 7 }, () => makeCommand(of));
    for (const command of made) await commands.create(command);
    await commands.create(makeCommand(target()));
    for (const rows of [1, 2, 7, 10])
      expect(await allPages((page) => commands.list(of.device, page), rows)).toEqual(
        made.toReversed(),
      );
    expect(await commands.pending(of.device)).toEqual(made);
  });

  it("forgets a command some time after its end, never before", async () => {
    const { clock, store } = subject();
    const of = target();
    const [ended, open] = [makeCommand(of), makeCommand(of)];
    await store.commands.create(ended);
    await store.commands.create(open);
    const succeeded = { ...ended, state: "succeeded" as const };
    await store.commands.transition(succeeded, ["queued"]);
    const { nowMs } = clock;
    clock.nowMs = nowMs + limits.commandKeptMs - 1;
    expect((await store.commands.list(of.device, { rows: 5 })).items).toEqual([open, succeeded]);
    clock.nowMs = nowMs + limits.commandKeptMs + 1_000;
    expect(await store.commands.get(of.device, ended.id)).toBeUndefined();
    expect(await store.commands.list(of.device, { rows: 1 })).toEqual({ items: [open] });
    clock.nowMs = nowMs;
  });
}
