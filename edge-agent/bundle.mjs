/**
 * `node edge-agent/bundle.mjs`: dist/sightline-agent.cjs with the AWS runtime's binary of this platform beside it.
 * The two files run on any glibc Linux of that processor with Node 20; `--platform linux-arm64` fetches a Jetson's binary instead.
 */
import { copyFileSync, existsSync, mkdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const binaryName = "aws-crt-nodejs.node";
const { values } = parseArgs({
  options: {
    out: { type: "string", default: join(here, "dist") },
    platform: { type: "string", default: `${process.platform}-${process.arch}` },
  },
});

const sdk = createRequire(join(here, "package.json")).resolve("aws-iot-device-sdk-v2");
const runtime = dirname(dirname(createRequire(sdk).resolve("aws-crt")));

/**
 * The SDK loads every service client with the two modules that the agent uses; those two come from the runtime that the SDK itself
 * brings, at a seventh of the size.
 */
const onlyMqtt = {
  name: "only-mqtt",
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^aws-iot-device-sdk-v2$/ }, ({ path }) => ({
      path,
      namespace: "only-mqtt",
    }));
    onLoad({ filter: /.*/, namespace: "only-mqtt" }, () => ({
      contents: ["io", "mqtt"]
        .map(
          (name) =>
            `export * as ${name} from ${JSON.stringify(join(runtime, `dist/native/${name}.js`))};`,
        )
        .join("\n"),
      resolveDir: here,
    }));
  },
};

/** The runtime looks for its binary when it is loaded, so the path stands above everything else. */
const banner = `process.env.AWS_CRT_NODEJS_BINARY_ABSOLUTE_PATH ??= require("node:path").join(__dirname, "${binaryName}");`;

/** Into place by renaming: a running agent has the binary mapped, and would die of a file that changes under it. */
function put(path, write) {
  const temporary = `${path}.${process.pid}`;
  write(temporary);
  renameSync(temporary, path);
}

const bundle = join(values.out, "sightline-agent.cjs");
const { outputFiles } = await build({
  entryPoints: [join(here, "src/main.ts")],
  outfile: bundle,
  write: false,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  mainFields: ["module", "main"],
  legalComments: "external",
  sourcemap: "linked",
  banner: { js: banner },
  plugins: [onlyMqtt],
});

const platform = values.platform.startsWith("linux")
  ? `${values.platform}-glibc`
  : `${values.platform}-cruntime`;
const source = join(runtime, "dist/bin", platform, binaryName);
if (!existsSync(source)) {
  console.error(`the AWS runtime has no binary for ${values.platform}`);
  process.exit(1);
}
mkdirSync(values.out, { recursive: true });
for (const { path, contents } of outputFiles)
  put(path, (temporary) => writeFileSync(temporary, contents));
const binary = join(values.out, binaryName);
put(binary, (temporary) => copyFileSync(source, temporary));

for (const path of [bundle, binary]) {
  const kilobytes = (statSync(path).size / 1000).toFixed(0);
  console.log(`${kilobytes.padStart(6)} KB  ${relative(process.cwd(), path)}`);
}
