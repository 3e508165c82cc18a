/** One stage of the program, as Pulumi would be asked to make it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

export const root = path.resolve(import.meta.dirname, "../..");
const platform = path.join(root, ".sst/platform");
const program = path.join(platform, "sightline-stack.mjs");

export interface Resource {
  readonly type: string;
  /** As written in `infra/`; SST's components add words to it. */
  readonly name: string;
  readonly arn: string;
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Stack {
  readonly app: Readonly<Record<string, unknown>>;
  readonly resources: readonly Resource[];
  /** What the SST command is asked to build. */
  readonly builds: readonly { readonly functionID: string; readonly bundle?: string }[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** SST's platform: installed once, then this costs a fifth of a second. */
export async function setUpProgram(): Promise<void> {
  const script = path.join(root, "packages/toolchain/sst-platform.mjs");
  await promisify(execFile)(process.execPath, [script]).catch(
    (error: { readonly stderr: string }) => {
      throw new Error(error.stderr);
    },
  );
}

/** As the SST command bundles the program: its globals injected, packages left to the platform's own node_modules. */
async function bundleProgram(): Promise<void> {
  await build({
    entryPoints: [path.join(import.meta.dirname, "mocked-stack.mjs")],
    outfile: program,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    inject: [path.join(platform, "src/shim/run.js")],
    // SST's modules look at it when they are loaded.
    banner: { js: "globalThis.$app = { providers: { aws: {} } };" },
    define: { $app: "globalThis.$app", $dev: "globalThis.$dev", $cli: "globalThis.$cli" },
    plugins: [
      {
        name: "packages-of-the-platform",
        setup: (plugin) => {
          plugin.onResolve({ filter: /^[^./]/ }, ({ kind, path: wanted }) =>
            kind === "entry-point" || wanted.startsWith("@sightline/")
              ? undefined
              : { external: true },
          );
        },
      },
    ],
    logLevel: "error",
  });
}

async function runProgram(stage: string): Promise<Stack> {
  await bundleProgram();
  const work = await mkdtemp(path.join(tmpdir(), "sightline-stack-"));
  const child = spawn(process.execPath, [program], {
    cwd: root,
    env: {
      ...process.env,
      SIGHTLINE_STACK: JSON.stringify({ stage, work }),
      SST_SECRET_VaultKey: Buffer.alloc(32).toString("base64"),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  await rm(work, { recursive: true });
  if (code !== 0) throw new Error(`the program of stage ${stage} failed:\n${errors}`);
  return JSON.parse(output) as Stack;
}

const stacks = new Map<string, Promise<Stack>>();

/** Run once per stage, however many tests look at it. */
export function readStack(stage: string): Promise<Stack> {
  const stack = stacks.get(stage) ?? runProgram(stage);
  stacks.set(stage, stack);
  return stack;
}

/** `Table` for `aws:dynamodb/table:Table`. */
export const ofType = ({ resources }: Stack, type: string): readonly Resource[] =>
  resources.filter(
    (resource) => resource.type.startsWith("aws:") && resource.type.endsWith(`:${type}`),
  );

export function named(stack: Stack, name: string): Resource {
  const found = stack.resources.filter(
    (resource) => resource.name === name && resource.type.startsWith("aws:"),
  );
  const [only, ...others] = found;
  if (!only || others.length > 0) throw new Error(`${found.length} resources are named ${name}`);
  return only;
}
