/** One JSON line per event on standard error. Credentials in URLs and known secret keys are taken out here, not by callers. */

export type LogLevel = "info" | "warn" | "error";

export interface Log {
  (level: LogLevel, message: string, particulars?: Readonly<Record<string, unknown>>): void;
}

const secretKeys =
  /^(authorization|password|token|accesstoken|refreshtoken|secret|credentials|sealed|encrypted|uploadurl)$/i;

/** `rtsp://user:p@ss@host` → `rtsp://host`: up to the last `@`, as sources are parsed. Signatures and tokens are cut off. */
export const redactText = (text: string): string =>
  text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/?#]*@/gi, "$1")
    .replaceAll(
      /([?&](?:signature|x-amz-signature|x-amz-security-token|token)=)[^&\s"']+/gi,
      "$1***",
    )
    // Of a client that can send no header: all of the segment, for it may be a token with a typing error.
    .replaceAll(/((?:^|:\/\/[^/\s"']+)\/t\/)[^/\s?#"']+/gi, "$1***")
    // Of access tokens what stands before the first dot tells nothing.
    .replaceAll(/(slt_|slr_|eyJ[\w-]+\.)[\w.-]+/g, "$1***");

/** What is nested deeper is left out, and so is what never ends. */
const depthMax = 8;

export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") return redactText(value);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  if (depth > depthMax) return "…";
  if (value instanceof Error) return redactError(value, depth);
  if (Array.isArray(value)) return value.map((inner) => redact(inner, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretKeys.test(key) ? "***" : redact(inner, depth + 1),
    ]),
  );
}

function redactError(error: Error, depth: number): string {
  const text = redactText(error.stack ?? error.message);
  if (!(error.cause instanceof Error)) return text;
  return `${text}\ncaused by ${String(redact(error.cause, depth + 1))}`;
}

export function createLog(write: (line: string) => void, nowMs: () => number): Log {
  return (level, message, particulars = {}) => {
    const line = { at: new Date(nowMs()).toISOString(), level, message, ...particulars };
    write(`${JSON.stringify(redact(line))}\n`);
  };
}
