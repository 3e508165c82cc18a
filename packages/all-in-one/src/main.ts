/** `npm start`: the whole system on this machine. The only module here with side effects. */
import { Socket } from "node:net";
import { DomainError } from "@sightline/contracts/errors";
import { createLog } from "@sightline/functions/shared/log";
import { FolderInUse } from "./data-folder.ts";
import { openLogFiles } from "./log-file.ts";
import { readOptions, usage, UsageError } from "./options.ts";
import { startSystem, type System } from "./system.ts";

const exitCodes = { usage: 2, failed: 1 } as const;

/** Children are given so long in all; then this process ends whatever is left with it. */
const endWithinMs = 4_800;

async function main(): Promise<void> {
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] = "true";
  const options = readOptions(process.argv.slice(2), process.env["INIT_CWD"] ?? process.cwd());
  if (options === "help") {
    process.stdout.write(usage);
    return;
  }
  const logs = openLogFiles(`${options.folder}/logs`);
  const log = createLog((line) => logs.of("sightline").write(line), Date.now);
  process.on("unhandledRejection", (cause) => log("error", "unhandled rejection", { cause }));

  let system: System | undefined;
  let ending = false;
  const end = (why: string): void => {
    if (ending) return;
    ending = true;
    log("info", `ending: ${why}`);
    setTimeout(() => process.exit(exitCodes.failed), endWithinMs).unref();
    void Promise.resolve(system?.close())
      .catch((cause: unknown) => log("error", "ending failed", { cause }))
      .then(() => logs.close())
      .then(() => process.exit(0));
  };
  process.on("SIGINT", () => end("SIGINT"));
  process.on("SIGTERM", () => end("SIGTERM"));
  process.on("SIGHUP", () => end("SIGHUP"));
  watchParent(() => end("the process that started this one is gone"));

  system = await startSystem(options, {
    log,
    logs,
    print: (text) => process.stdout.write(text),
    failpointFile: process.env["SIGHTLINE_FAILPOINT_FILE"],
  });
  if (ending) await system.close();
}

/** `npm start` keeps the other end of a pipe: its end of file means that it was killed. */
function watchParent(onGone: () => void): void {
  if (process.env["SIGHTLINE_PARENT_PIPE"] !== "1") return;
  // A file stream would hold a thread in its read, and the exit of this process with it.
  const pipe = new Socket({ fd: 3, readable: true, writable: false });
  pipe.on("error", () => undefined);
  pipe.on("close", onGone);
  pipe.resume();
  pipe.unref();
}

/** What a person can act on; a stack only for what nobody foresaw. */
function explain(error: unknown): string {
  if (error instanceof DomainError) return [error.message, error.hint ?? ""].join("\n  ").trim();
  if (error instanceof UsageError || error instanceof FolderInUse) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

main().catch((error: unknown) => {
  process.stderr.write(`sightline: ${explain(error)}\n`);
  process.exit(error instanceof UsageError ? exitCodes.usage : exitCodes.failed);
});
