import type { Command } from "@sightline/core/command/command";
import { expect, test } from "vitest";
import { commandView, deviceView } from "./mapping.ts";

const nowMs = 1_800_000_000_000;
const command: Command = {
  organization: "org_1",
  device: "dev_1",
  id: "cmd_1",
  kind: "stream.snapshot",
  args: { stream: "str_1", uploadUrl: "https://planted" },
  state: "sent",
  issuedBy: "admin",
  requestId: "evt_1",
  issuedAtMs: nowMs,
  expiresAtMs: nowMs,
  changedAtMs: nowMs,
};

test("a command is shown without its capabilities and its tenant", () => {
  const view = commandView(command);
  expect(view["args"]).toEqual({ stream: "str_1", uploadUrl: "***" });
  expect(JSON.stringify(view)).not.toMatch(/planted|org_1/);
});

test("a device is shown without its tenant and its certificate, and offline as soon as it is overdue", () => {
  const device = {
    organization: "org_1",
    id: "dev_1",
    site: 1,
    name: "box",
    title: "",
    labels: {},
    identity: { certificateId: "c_1", sealingKey: "k_1", enrolledAtMs: nowMs },
    presence: { online: true, sinceAtMs: 5, version: 1, heardAtMs: 5, offlineDueAtMs: nowMs },
    slots: [0, 3],
    revision: 1,
    createdAtMs: 1,
    updatedAtMs: 1,
  };
  expect(deviceView(device, nowMs - 1)).toMatchObject({
    online: true,
    streams: 2,
    enrolledAtMs: nowMs,
  });
  expect(deviceView(device, nowMs)).toMatchObject({ online: false });
  expect(JSON.stringify(deviceView(device, nowMs))).not.toMatch(/org_1|c_1|k_1/);
});
