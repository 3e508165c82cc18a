/** One JSON line per event on standard error. Credentials in URLs and known secret keys are taken out here, not by callers. */

export type LogLevel = "info" | "warn" | "error";

export interface Log {
  (level: LogLevel, message: string, particulars?: Readonly<Record<string, unknown>>): void;
}

const secretKeys =
  /^(authorization|password|token|secret|credentials|sealed|encrypted|uploadurl)$/i;

/** `rtsp://user:pass@host` → `rtsp://host`; upload signatures are cut off. */
export const redactText = (text: string): string =>
  text
    .replaceAll(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@"']+@/gi, "$1")
    .replaceAll(/([?&](?:signature|x-amz-signature|token)=)[^&\s"']+/gi, "$1***");

export function redact(value: unknown): unknown {
  if (typeof value === "string") return redactText(value);
  if (value instanceof Error) return redactText(value.stack ?? value.message);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      secretKeys.test(key) ? "***" : redact(inner),
    ]),
  );
}

export function createLog(write: (line: string) => void, nowMs: () => number): Log {
  return (level, message, particulars = {}) => {
    const line = { at: new Date(nowMs()).toISOString(), level, message, ...particulars };
    write(`${JSON.stringify(redact(line))}\n`);
  };
}
