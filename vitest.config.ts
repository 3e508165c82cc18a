import { defineConfig } from "vitest/config";

// Tests never see the credentials, region or profile of the machine; suites that are pointed at AWS on purpose do.
if (!process.env["SIGHTLINE_TEST_AWS"]) {
  for (const name of Object.keys(process.env)) {
    if (name.startsWith("AWS_")) delete process.env[name];
  }
}

const env = {
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  // The SDKs would ask the instance metadata service for credentials before they give up.
  AWS_EC2_METADATA_DISABLED: "true",
};

const second = 1000;

/** Groups run one after the other, so a slow layer never shares the processors with the quick ones. */
const slow = (groupOrder: number, maxWorkers: number) => ({
  maxWorkers,
  sequence: { groupOrder },
  testTimeout: 120 * second,
  hookTimeout: 120 * second,
});

export default defineConfig({
  test: {
    env,
    restoreMocks: true,
    projects: [
      {
        extends: true,
        test: {
          name: "tidy",
          include: ["test/tidy.test.ts", "test/tidy/**/*.test.ts"],
          // Compiling the schemas of others takes seconds on a busy machine.
          testTimeout: 30 * second,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "packages/*/src/**/*.test.ts",
            "functions/**/*.test.ts",
            "edge-agent/src/**/*.test.ts",
          ],
          sequence: { groupOrder: 0 },
          testTimeout: 5 * second,
          // Pure tests share a process: starting one per file took longer than the tests.
          isolate: false,
        },
      },
      {
        extends: true,
        test: {
          name: "contract",
          include: [
            "packages/*/test/**/*.test.{ts,mjs}",
            "edge-agent/test/**/*.test.ts",
            "test/contract/**/*.test.ts",
          ],
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
          testTimeout: 30 * second,
          hookTimeout: 30 * second,
        },
      },
      {
        extends: true,
        test: { name: "e2e", include: ["test/e2e/**/*.test.ts"], ...slow(2, 2) },
      },
      {
        extends: true,
        test: { name: "dialect", include: ["test/dialect/**/*.test.ts"], ...slow(2, 2) },
      },
      {
        extends: true,
        // Mostly they wait: for a process to end, a connection to be missed, a state to be reported.
        test: { name: "fault", include: ["test/fault/**/*.test.ts"], ...slow(2, 2) },
      },
      {
        extends: true,
        test: {
          name: "infra",
          include: ["infra/test/**/*.test.ts"],
          ...slow(3, 1),
          // What the program asks for is read once and looked at by all.
          isolate: false,
        },
      },
    ],
  },
});
