/** One line each on standard error. Userinfo of URLs and the queries of web URLs (presigned ones are secrets) are cut out here. */

type Level = "info" | "warning" | "error";

const userinfo = /\b([a-z][a-z0-9+.-]*:\/\/)[^\s/?#"]*@/gi;
const webQuery = /\b(https?:\/\/[^\s?"]+)\?[^\s"]*/gi;

export const redact = (text: string): string =>
  text.replace(userinfo, "$1").replace(webQuery, "$1?…");

function write(level: Level, text: string): void {
  const line = redact(text).replaceAll(/\s*\n\s*/g, " | ");
  process.stderr.write(`${new Date().toISOString()} ${level} ${line}\n`);
}

export const log = {
  note: (text: string): void => write("info", text),
  warn: (text: string): void => write("warning", text),
  fail: (text: string): void => write("error", text),
};

/** What went wrong in one line, for logs and reports. */
export const reasonOf = (error: unknown): string =>
  redact(error instanceof Error ? error.message : String(error));
