/** How `run` is to run: the command line, over DIR/agent.json, over the defaults. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { isMissing } from "./file.ts";
import { stockAddress } from "./pipeline/stock/address.ts";
import { PipelineProfile } from "./pipeline/stock/profile.ts";

const RunOptions = z.strictObject({
  pipelineBin: z.string().default("sightline-pipeline"),
  /** Of NVIDIA's own server, which somebody else runs: it stands in place of our host, and `pipelineBin` is not started. */
  pipelineUrl: z
    .string()
    .transform((text, context) => {
      const url = stockAddress(text);
      if (url !== undefined) return url;
      context.addIssue("must be http://ADDR[:PORT] of this box or its private network");
      return z.NEVER;
    })
    .optional(),
  pipelineProfile: PipelineProfile.default("auto"),
  /** 0 takes a free port, the same one until the agent ends. */
  pipelinePort: z.number().int().min(0).max(65_535).default(9000),
  rtspPort: z.number().int().min(0).max(65_535).default(8555),
  /** Loopback and link-local cameras that are allowed all the same, ADDR:PORT. Demo mode and tests only. */
  allowSources: z.array(z.string()).default([]),
  mediaDir: z.string().optional(),
  /** Of the tracker's and the analytics' files; without it there are none. */
  analyticsDir: z.string().optional(),
  hardwareId: z.string().max(128).optional(),
});
export type RunOptions = z.infer<typeof RunOptions>;

/** Values of the command line, not looked at yet; undefined where it says nothing. */
export type RunFlags = { readonly [K in keyof RunOptions]?: unknown };

/** @throws Error when agent.json or a value is not as it should be */
export async function readRunOptions(folder: string, flags: RunFlags): Promise<RunOptions> {
  const path = join(folder, "agent.json");
  let file: unknown = {};
  try {
    file = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if (!isMissing(error)) throw new Error(`${path} is not JSON`, { cause: error });
  }
  const given = Object.fromEntries(
    Object.entries(flags).filter(([, value]) => value !== undefined),
  );
  const parsed = RunOptions.safeParse({ ...(file as object), ...given });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new Error(`option ${issue?.path.join(".") || path}: ${issue?.message}`);
}
