/** Which request carries out a setting on a stock server. No value leaves that the server would refuse, take for another or die of. */
import { isAbsolute } from "node:path";
import { DomainError } from "@sightline/contracts/errors";
import { settingsTable, type Setting } from "@sightline/contracts/settings";
import { settingRequest } from "../setting-request.ts";

export interface StockRequest {
  readonly path: string;
  readonly body: object;
}

/** [DeepStream 8.0] The number goes as decimal text; anything else ends the process. */
const streamIdMax = 2_147_483_647;

/** @throws DomainError command.unsupported where the server has no words for it | input.invalid */
export function stockRequest(setting: Setting, sourceId: number): StockRequest {
  const { key, value } = setting;
  if (!Number.isInteger(sourceId) || sourceId < 0 || sourceId > streamIdMax)
    throw new DomainError("input.invalid", `${sourceId} is no number of a stream`);
  const parsed = settingsTable[key].type.safeParse(value);
  if (!parsed.success)
    throw new DomainError("input.invalid", `${key}: ${parsed.error.issues[0]?.message}`);
  if (key === "tracker.configPath" && value !== "") assertPath(value);
  const request = settingRequest(setting, sourceId);
  if (request.kind === "deepstream") return { path: request.path, body: request.body };
  throw new DomainError("command.unsupported", `NVIDIA's server cannot set ${key} to this value`, {
    hint: hints[key] ?? "run the box with our pipeline host for this setting",
  });
}

const hints: Partial<Record<Setting["key"], string>> = {
  "osd.processMode": "it draws with the CPU or the GPU; what is drawn, its configuration says",
  "encoder.iframeInterval": "name a number of pictures from 0 to 256",
  "detector.rois": "name a region as large as the picture to look everywhere",
  "tracker.configPath": "name a file of the server's machine",
};

/** The server opens it as it is, from wherever it was started. @throws DomainError input.invalid */
export function assertPath(path: string): void {
  if (!isAbsolute(path) || /[\u0000-\u001f\u007f]/.test(path))
    throw new DomainError("input.invalid", "a file of NVIDIA's server is named by its whole path");
}
