/** What package.json files and git promise: exact versions, no platform that `npm ci` cannot find, nothing generated in git. */
import { select, type Files, type Finding } from "./repository.ts";

type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly peerDependencies?: Versions;
}

const manifests = (files: Files): [string, Manifest][] =>
  select(files, /^(?:(?:packages\/[^/]+|functions|edge-agent)\/)?package\.json$/).map(
    ([file, text]) => [file, JSON.parse(text) as Manifest],
  );

const exact = /^\d+\.\d+\.\d+(?:-[\w.]+)?$/;

export function checkPinned(files: Files): Finding[] {
  return manifests(files).flatMap(([file, manifest]) =>
    Object.entries({
      ...manifest.dependencies,
      ...manifest.devDependencies,
      ...manifest.optionalDependencies,
    })
      .filter(([, version]) => !exact.test(version))
      .map(([name, version]) => `${file}: pin ${name} exactly instead of ${version}`),
  );
}

/** One version of a package in all manifests, so that one copy of it is installed. */
export function checkOneVersion(files: Files): Finding[] {
  const seen = new Map<string, { file: string; version: string }>();
  return manifests(files).flatMap(([file, { dependencies, devDependencies }]) =>
    Object.entries({ ...dependencies, ...devDependencies }).flatMap(([name, version]) => {
      const first = seen.get(name) ?? { file, version };
      seen.set(name, first);
      if (first.version === version) return [];
      return [`${file}: take ${name} ${first.version}, as ${first.file} does, not ${version}`];
    }),
  );
}

/** An absent platform in a manifest makes `npm ci` fail; the others are looked up at run time. */
const optionalAllowed = new Set(["@dynoxide/linux-x64"]);

export function checkOptional(files: Files): Finding[] {
  return manifests(files).flatMap(([file, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !optionalAllowed.has(name))
      .map(
        (name) => `${file}: remove optional ${name}; resolve it at run time and say what to set`,
      ),
  );
}

interface Lock {
  readonly packages: Readonly<Record<string, { optionalDependencies?: Versions }>>;
}

/** `npm ci` refuses a lock that lacks an optional package of another platform. */
export function checkLock(files: Files): Finding[] {
  const { packages } = JSON.parse(files.get("package-lock.json") ?? '{"packages":{}}') as Lock;
  return Object.entries(packages).flatMap(([where, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter(
        (name) =>
          !(`node_modules/${name}` in packages) && !(`${where}/node_modules/${name}` in packages),
      )
      .map((name) => `package-lock.json lacks ${name} of ${where}; run npm run lock`),
  );
}

const generated =
  /(?:^|\/)(?:node_modules|dist|build|coverage|\.sst|\.data|test-results)\/|\.(?:log|tsbuildinfo|o|gcda)$|(?:^|\/)\.DS_Store$/;

export function checkTracked(tracked: readonly string[]): Finding[] {
  return tracked
    .filter((file) => generated.test(file))
    .map((file) => `${file} is generated: git rm --cached it and add its folder to .gitignore`);
}
