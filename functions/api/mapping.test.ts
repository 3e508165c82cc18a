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

const box = {
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

const lifeWith = (left: number | undefined) =>
  left === undefined
    ? {}
    : { certificateLife: { issuedAtMs: nowMs - (100 - left), expiresAtMs: nowMs + left } };

test.each([
  [undefined, { certificateId: "c_1", certificateExpiresAtMs: null, certificateState: null }],
  [100, { certificateExpiresAtMs: nowMs + 100, certificateState: "valid" }],
  [25, { certificateState: "overdue" }],
  [0, { certificateState: "expired" }],
])("a certificate with %s %% of its life ahead is shown as that", (left, shown) => {
  const device = { ...box, identity: { ...box.identity, ...lifeWith(left) } };
  expect(deviceView({ device }, nowMs)).toMatchObject(shown);
});

test("a device is shown without its tenant and its sealing key, and offline as soon as it is overdue", () => {
  expect(deviceView({ device: box }, nowMs - 1)).toMatchObject({
    online: true,
    streams: 2,
    enrolledAtMs: nowMs,
  });
  expect(deviceView({ device: box }, nowMs)).toMatchObject({ online: false });
  expect(JSON.stringify(deviceView({ device: box }, nowMs))).not.toMatch(/org_1|k_1/);
});
