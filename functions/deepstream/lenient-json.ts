/**
 * JSON as DeepStream's server reads it: comments, a comma before a closing bracket and whatever stands behind the root are no errors.
 * Each character is looked at a fixed number of times, however odd the text is. [jsoncpp, `Json::CharReaderBuilder` defaults]
 */

/** As the pipeline host has it. */
const levelsMax = 64;

/** Undefined when the text is empty, no JSON, nested too deeply, or neither an object nor an array. */
export function parseLenient(text: string): unknown {
  const strict = strictText(text);
  if (strict === undefined) return undefined;
  try {
    return JSON.parse(strict);
  } catch {
    return undefined;
  }
}

/** A text, a comment (either may lack its end), a bracket, or anything else up to the next of them. */
const tokens =
  /"(?:[^"\\]|\\[\s\S])*(?:"|$)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|[{}[\]]|[^"/{}[\]]+|[\s\S]/g;

/** What of the text is the root, without what strict JSON does not have. */
function strictText(text: string): string | undefined {
  const parts: string[] = [];
  let level = 0;
  for (const [part] of text.matchAll(tokens)) {
    const isClosing = part === "}" || part === "]";
    if (part === "{" || part === "[") level += 1;
    if (level > levelsMax) return undefined;
    if (/^\/[/*]/.test(part) || part.trim() === "") continue;
    if (level === 0) return undefined;
    if (isClosing) parts.push(withoutComma(parts));
    parts.push(part.startsWith('"') ? escaped(part) : part);
    if (isClosing) level -= 1;
    if (level === 0) return parts.join(" ");
  }
  return undefined;
}

/** Takes the last part, and gives it without the comma at its end; one with nothing before it stays. */
function withoutComma(parts: string[]): string {
  const part = parts.pop() ?? "";
  const text = part.trimEnd();
  const isFirst = text === "," && /^[{[]?$/.test(parts.at(-1) ?? "");
  return text.endsWith(",") && !isFirst ? text.slice(0, -1) : part;
}

/** Line ends and the like may stand in a text as they are. */
const escaped = (text: string): string =>
  text.replaceAll(
    // oxlint-disable-next-line no-control-regex
    /[\u0000-\u001f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
