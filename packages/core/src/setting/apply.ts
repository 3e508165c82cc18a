/** One setting, until the box shows it. */
import { isDomainError } from "@sightline/contracts/errors";
import { limits } from "@sightline/contracts/limits";
import { hasScope, sameSetting, type Setting } from "@sightline/contracts/settings";
import type { ReportedError } from "@sightline/contracts/stream-report";
import { requirePermission } from "../access/reach.ts";
import { askDevice } from "../device/ask.ts";
import type { Device } from "../device/device.ts";
import { isStopped, pendingWord, reasonOf, type DeviceWord } from "../device/word.ts";
import type { Actor, Caller, Deps } from "../ports/deps.ts";
import { editStream } from "../stream/edit.ts";
import { findRunnable } from "../stream/find.ts";
import type { Stream } from "../stream/stream.ts";
import { waitForAnswer } from "../stream/wait.ts";
import { withdrawEdit } from "../stream/withdraw.ts";

export interface SettingRequest {
  readonly device: Device;
  /** Slot or local name; absent: of all streams of the device. */
  readonly stream?: number | string | undefined;
  readonly setting: Setting;
}

/** Others that write at the same time come first so often. */
const tries = 3;

/**
 * Sets it on the stream, or on the device where the pipeline has one value for all streams, and waits for the box.
 * @throws DomainError stream.not-found | stream.conflict | device.conflict | auth.forbidden | …
 */
export async function applySetting(
  deps: Deps,
  caller: Caller,
  request: SettingRequest,
): Promise<DeviceWord> {
  const { device, stream, setting } = request;
  const found = stream === undefined ? undefined : await findRunnable(deps, device, stream);
  if (found && !(await isOfDevice(deps, device, setting)))
    return applyToStream(deps, caller.actor, { ...request, stream: found });
  requirePermission(caller.principal, "devices:write", device.site);
  return applyToDevice(deps, caller.actor, request);
}

async function isOfDevice(
  deps: Pick<Deps, "store">,
  { organization, id }: Device,
  { key }: Setting,
): Promise<boolean> {
  if (!hasScope(key, "stream")) return true;
  if (!hasScope(key, "device")) return false;
  const stored = await deps.store.devices.getReport(organization, id);
  return stored?.report.controls[key] === "device";
}

async function applyToStream(
  deps: Deps,
  actor: Actor,
  request: { readonly device: Device; readonly stream: Stream; readonly setting: Setting },
): Promise<DeviceWord> {
  const { device, setting } = request;
  let before = request.stream;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const after = await editStream(deps, actor, {
        stream: before.id,
        ifRevision: before.revision,
        edit: (document) => ({
          ...document,
          settings: { ...document.settings, [setting.key]: setting.value },
        }),
      });
      const { outcome, report } = await waitForAnswer(deps, after, limits.settingWaitMs);
      const pending = pendingWord(outcome);
      if (pending || !report) return pending ?? { kind: "pending", why: "timeout" };
      const { applied, error } = report.report;
      const word = wordOn(device, setting, { shown: applied.settings, error });
      if (word.kind === "refused") await withdrawEdit(deps, actor, { before, after });
      return word.kind === "done" ? { kind: "done", scope: "stream" } : word;
    } catch (error) {
      if (!isDomainError(error, "stream.changed") || attempt === tries) throw error;
      before = await findRunnable(deps, device, before.localName);
    }
  }
}

const applyToDevice = (
  deps: Deps,
  actor: Actor,
  { device, setting }: SettingRequest,
): Promise<DeviceWord> =>
  askDevice(deps, actor, {
    device,
    edit: (document) => ({
      ...document,
      settings: { ...document.settings, [setting.key]: setting.value },
    }),
    hear: ({ wish: { settings: shown, error } }, asked) => wordOn(asked, setting, { shown, error }),
  });

/** The box has answered: what it shows decides, not that it has answered. */
function wordOn(
  device: Device,
  { key, value }: Setting,
  said: { readonly shown: Readonly<Record<string, unknown>>; readonly error: ReportedError },
): DeviceWord {
  if (sameSetting(said.shown[key], value)) return { kind: "done", scope: "device" };
  if (device.wish?.pipeline === "stopped" || isStopped(said.error))
    return { kind: "pending", why: "stopped" };
  return { kind: "refused", error: reasonOf(said.error) };
}
