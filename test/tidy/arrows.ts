/** Who may import whom. The table is the design's; a new package needs a row here. */
import { edgesOf, importsOf, packageOf } from "./imports.ts";
import { isTest, select, type Files, type Finding } from "./repository.ts";

const adapters = ["store", "iot", "blobs"];

/** Package → the packages whose sources it may import, besides its own. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  contracts: [],
  core: ["contracts"],
  store: ["contracts", "core"],
  iot: ["contracts", "core"],
  blobs: ["contracts", "core"],
  "iot-local": ["contracts"],
  "edge-agent": ["contracts"],
  sdk: ["contracts"],
  cli: ["contracts", "sdk"],
  console: ["contracts", "sdk"],
  functions: ["contracts", "core"],
  "all-in-one": ["contracts", "core", "functions", "iot-local", ...adapters],
  infra: ["contracts", "store"],
  toolchain: [],
};

/** All that infra may know of the store: the tables are made from it. */
const tables = "packages/store/src/table-definitions.ts";

/** Lambda entries put the parts together, with what they share for that. */
const isComposition = (file: string): boolean =>
  /^functions\/(?:[^/]+\/lambda|shared\/lambda-[^/]+)\.ts$/.test(file);

export const packageAt = (file: string): string | undefined =>
  /^packages\/([^/]+)\//.exec(file)?.[1] ?? /^(functions|edge-agent|infra)\//.exec(file)?.[1];

const functionAt = (file: string): string | undefined => /^functions\/([^/]+)\//.exec(file)?.[1];

function judgeFunctions(from: string, to: string): Finding | undefined {
  const [own, other] = [functionAt(from), functionAt(to)];
  if (isComposition(to) && !isComposition(from))
    return `${from} imports ${to}: only a lambda.ts puts parts together; take what you need as an argument`;
  if (own === other || other === "shared" || own === "http") return undefined;
  return `${from} imports its sibling ${to}: move what both need to packages/core or functions/shared`;
}

function judge(from: string, to: string): Finding | undefined {
  if (isTest(from)) return undefined;
  if (isTest(to))
    return `${from} imports ${to}: only tests import tests; move it to a source folder`;
  const [own, other] = [packageAt(from), packageAt(to)];
  if (!own || !other) return undefined;
  if (own === "infra" && other === "store" && to !== tables)
    return `${from} imports ${to}: infra names things; of the store it needs ${tables} only`;
  if (own === "functions" && other === "functions") return judgeFunctions(from, to);
  if (own === other) return undefined;
  const allowed = mayImport[own];
  if (!allowed) return `${from}: add ${own} to the table in test/tidy/arrows.ts`;
  if (allowed.includes(other)) return undefined;
  if (isComposition(from) && adapters.includes(other)) return undefined;
  return `${from} imports ${to}: ${own} may import ${["itself", ...allowed].join(", ")} only; declare a port in packages/core and let a lambda.ts or all-in-one fill it`;
}

export function checkArrows(files: Files): Finding[] {
  const isOurs = ({ to }: { readonly to: string }): boolean => !to.startsWith(".sst/");
  return edgesOf(files)
    .filter(isOurs)
    .flatMap(({ from, to }) => {
      if (!files.has(to)) return [`${from} imports ${to}, which does not exist`];
      return judge(from, to) ?? [];
    });
}

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
}

const listedBy = (manifest: Manifest): Versions => ({
  ...manifest.dependencies,
  ...manifest.devDependencies,
  ...manifest.optionalDependencies,
});

const manifestAt = (files: Files, folder: string): Manifest =>
  JSON.parse(files.get(`${folder}package.json`) ?? "{}") as Manifest;

const manifestFolder = (file: string): string =>
  /^packages\/[^/]+\//.exec(file)?.[0] ?? /^(?:functions|edge-agent)\//.exec(file)?.[0] ?? "";

/** Every import is listed by the package that imports it; tests and scripts may use what any package lists. */
export function checkListed(files: Files): Finding[] {
  const rootDev = manifestAt(files, "").devDependencies ?? {};
  const anywhere = Object.assign(
    {},
    ...select(files, /(?:^|\/)package\.json$/).map(([, text]) =>
      listedBy(JSON.parse(text) as Manifest),
    ),
  ) as Versions;
  return [...files]
    .filter(([file]) => /^(?:packages|functions|edge-agent)\/.*\.(?:ts|mjs)$/.test(file))
    .flatMap(([file, text]) => {
      const folder = manifestFolder(file);
      const { dependencies, optionalDependencies } = manifestAt(files, folder);
      const isTool = isTest(file) || file.endsWith(".mjs");
      const listed = isTool ? anywhere : { ...dependencies, ...optionalDependencies };
      return [...new Set(importsOf(text).flatMap((specifier) => packageOf(specifier) ?? []))]
        .filter((name) => !(name in listed) && !(`@types/${name}` in rootDev))
        .filter((name) => !(isTest(file) && name.startsWith("@sightline/")))
        .map((name) => `${file} imports ${name}: list it in ${folder}package.json, pinned`);
    });
}
