/** Serves the rows of the table of settings. */
import type { DeviceWord } from "@sightline/core/device/word";
import { runCommand } from "@sightline/core/command/run";
import { stopPipeline } from "@sightline/core/device/stop";
import { applySetting } from "@sightline/core/setting/apply";
import { findRunnable } from "@sightline/core/stream/find";
import { principalOf } from "../shared/call.ts";
import type { DeepstreamRoute, DeviceCall } from "./call.ts";
import { badRequest, lastRoot, readBody, readStreamKey } from "./schema.ts";
import { settingRows, type SettingRow } from "./setting-table.ts";
import type { Action } from "./setting-value.ts";
import { BadValue, member } from "./value.ts";
import { inWords } from "./words.ts";

interface SettingCall {
  /** Undefined where the row has none. */
  readonly stream: number | string | undefined;
  readonly action: Action;
}

/** @throws DomainError input.invalid */
export function readSettingCall(body: unknown, row: SettingRow): SettingCall {
  const badId = badRequest(`${row.prefix}_FAIL, stream_id value not parsed correctly`);
  const fields = lastRoot(body);
  // DeepStream aborts here, or says SUCCESS.
  if (!fields) throw row.streamId === "none" ? badRequest(row.badValue) : badId;
  const stream = row.streamId === "none" ? undefined : readStreamKey(member(fields, "stream_id"));
  if (row.streamId === "before" && stream === undefined) throw badId;
  const action = readAction(fields, row);
  if (row.streamId === "after" && stream === undefined) throw badId;
  return { stream, action };
}

function readAction(fields: Readonly<Record<string, unknown>>, row: SettingRow): Action {
  try {
    const action = row.read(member(fields, row.field), fields);
    if (action) return action;
  } catch (error) {
    if (error instanceof BadValue) throw badRequest(`${row.prefix}_FAIL, error: ${error.message}`);
    throw error;
  }
  throw badRequest(row.badValue);
}

const handleRow =
  (row: SettingRow) =>
  async (call: DeviceCall): Promise<Response> => {
    const asked = readSettingCall(readBody(await call.c.req.text()), row);
    return inWords(row, () => carryOut(call, asked), {
      isCommand: asked.action.kind === "command",
      isOfStream: row.streamId !== "none",
    });
  };

async function carryOut(call: DeviceCall, { stream, action }: SettingCall): Promise<DeviceWord> {
  const { deps, actor, device } = call;
  switch (action.kind) {
    case "setting": {
      const caller = { actor, principal: principalOf(call) };
      return applySetting(deps, caller, { device, stream, setting: action.setting });
    }
    case "command": {
      const command = { device: device.id, kind: action.command };
      if (stream === undefined) return runCommand(deps, actor, { ...command, args: action.args });
      const { id, revision } = await findRunnable(deps, device, stream);
      const args = { ...action.args, stream: id };
      return runCommand(deps, actor, { ...command, args, afterRevision: revision });
    }
    case "quit":
      return stopPipeline(deps, actor, device);
  }
}

export const settingRoutes: readonly DeepstreamRoute[] = settingRows.map((row) => ({
  method: "POST",
  path: `/api/v1${row.path}`,
  access: row.access,
  handle: handleRow(row),
}));
