/** How `npm start` runs the system, with a stand-in that says which signals it got. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";

const runner = fileURLToPath(new URL("../run-system.mjs", import.meta.url));
const standIn = fileURLToPath(new URL("stand-in.mjs", import.meta.url));

const started = [];

/** A process like start.mjs, after everything is built. */
function start() {
  const code = `import(${JSON.stringify(runner)})
    .then(({ runSystem }) => runSystem(${JSON.stringify(standIn)}, ["--port", "1"]))
    .then((exitCode) => process.exit(exitCode));`;
  const starter = spawn(process.execPath, ["-e", code], { stdio: ["ignore", "pipe", "inherit"] });
  started.push(starter);
  const lines = createInterface({ input: starter.stdout })[Symbol.asyncIterator]();
  return { starter, nextLine: async () => (await lines.next()).value };
}

afterEach(() => {
  for (const starter of started.splice(0)) starter.kill("SIGKILL");
});

test("passes the arguments, one signal per Ctrl-C, and the exit code", async () => {
  const { starter, nextLine } = start();
  expect(await nextLine()).toBe("arguments --port 1");
  starter.kill("SIGINT");
  expect(await nextLine()).toBe("got SIGINT");
  starter.kill("SIGINT"); // The copy that npm passes on.
  const [code] = await once(starter, "exit");
  expect(code).toBe(7);
  expect(await nextLine()).toBe("signals 1");
});

test("passes SIGTERM", async () => {
  const { starter, nextLine } = start();
  await nextLine();
  starter.kill("SIGTERM");
  expect(await nextLine()).toBe("got SIGTERM");
});

test("takes the system along when it is killed", async () => {
  const { starter, nextLine } = start();
  await nextLine();
  starter.kill("SIGKILL");
  expect(await nextLine()).toBe("the starter is gone");
  expect(await nextLine()).toBe(undefined);
});
