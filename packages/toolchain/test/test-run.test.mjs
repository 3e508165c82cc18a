/** What `npm test` counts, and what it does not let pass. */
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { expect, test } from "vitest";
import { endLeftovers, runVariable } from "../leftovers.mjs";
import { findMissing } from "../lock.mjs";
import { countNativeReport } from "../native-report.mjs";
import { checkNode } from "../setup.mjs";

test("names and ends processes that outlive a run, and leaves others alone", async () => {
  const runId = randomUUID();
  const of = (id) =>
    spawn("sleep", ["60"], {
      detached: true,
      stdio: "ignore",
      env: { ...process.env, [runVariable]: id },
    });
  const [left, other] = [of(runId), of(randomUUID())];
  await Promise.all([once(left, "spawn"), once(other, "spawn")]);
  const ended = once(left, "exit");
  expect(await endLeftovers(runId)).toEqual([{ pid: left.pid, name: "sleep 60" }]);
  await ended;
  expect(other.exitCode).toBe(null);
  other.kill();
  expect(await endLeftovers(runId)).toEqual([]);
});

const program = (status, output) =>
  `<testcase name="a" classname="a" time="1" status="${status}"><system-out>${output}</system-out></testcase>`;

test.each([
  [
    "every case of a program",
    "run",
    "test cases: 12 | 12 passed | 0 failed | 3 skipped",
    [12, 0, 0],
  ],
  ["a program without cases as one", "run", "fine", [1, 0, 0]],
  ["failed cases", "fail", "test cases: 12 | 10 passed | 2 failed |", [10, 2, 0]],
  ["a program that crashed as one failure", "fail", "", [0, 1, 0]],
  ["a crash after the sum", "fail", "test cases: 2 | 2 passed | 0 failed |", [2, 1, 0]],
  ["a program that did not run as skipped", "notrun", "", [0, 0, 1]],
])("counts %s", (...row) => {
  const [, status, output, [passed, failed, skipped]] = row;
  const xml = `<testsuite tests="2">${program(status, output)}${program("run", "")}</testsuite>`;
  expect(countNativeReport(xml)).toEqual({ passed: passed + 1, failed, skipped });
});

test("completes the lock with the platforms that a registry lacked", () => {
  const optionalDependencies = {
    "@a/linux-x64-musl": "1.0.0",
    "@a/win32-arm64": "1.0.0",
    b: "1.0.0",
  };
  const packages = { "node_modules/a": { dev: true, optionalDependencies }, "node_modules/b": {} };
  expect(findMissing({ packages })).toEqual({
    "node_modules/@a/linux-x64-musl": {
      version: "1.0.0",
      cpu: ["x64"],
      dev: true,
      libc: ["musl"],
      optional: true,
      os: ["linux"],
    },
    "node_modules/@a/win32-arm64": {
      version: "1.0.0",
      cpu: ["arm64"],
      dev: true,
      optional: true,
      os: ["win32"],
    },
  });
});

test.each(["18.20.0", "20.18.3", "20.0.0"])("refuses Node %s", (version) => {
  expect(() => checkNode(version)).toThrow("Node 20.19 or newer is needed");
});

test.each(["20.19.0", "20.20.2", "22.0.0", "24.21.0"])("takes Node %s", (version) => {
  expect(() => checkNode(version)).not.toThrow();
});
