/** Has the regions and lines of the box's analytics file read again. */
import type { RunCommand } from "./run-command.ts";

export const deviceReloadAnalytics: RunCommand<"device.reload-analytics"> = async (
  deps,
  { configPath },
  requestId,
) => {
  await deps.driver().reloadAnalytics(configPath, requestId);
  return {};
};
