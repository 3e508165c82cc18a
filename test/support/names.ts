/** What tests of the cloud are called. */
import { randomBytes } from "node:crypto";

export const installation = { app: "sightline", stage: "test" };
export const tables = { state: "sightline-test-state", telemetry: "sightline-test-telemetry" };

export const freshName = (prefix: string): string => `${prefix}-${randomBytes(5).toString("hex")}`;
