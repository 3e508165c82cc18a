/** Programs that this one starts. Paths are relative to the bundle (`dist/all-in-one/main.mjs`). */
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const fromBundle = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export const programs = {
  agent: fromBundle("../../edge-agent/dist/sightline-agent.cjs"),
  pipeline: fromBundle("../../native/build/sightline-pipeline"),
  demoCameras: fromBundle("../../native/build/sightline-demo-cameras"),
} as const;

/** @throws Error naming what is not built */
export function checkPrograms(): void {
  const missing = Object.values(programs).filter((file) => !existsSync(file));
  if (missing.length > 0)
    throw new Error(`not built: ${missing.join(", ")}; npm start builds what is missing`);
}
