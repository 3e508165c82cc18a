/** The words of a rule's SQL. Keywords are case-insensitive, as on AWS. */
export type SqlToken =
  | { readonly kind: "word"; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly text: string; readonly at: number }
  | { readonly kind: "number"; readonly text: string; readonly at: number }
  | { readonly kind: "sign"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

export class SqlError extends Error {
  constructor(sql: string, at: number, why: string) {
    super(`${why}, at character ${at + 1} of: ${sql}`);
    this.name = "SqlError";
  }
}

const pattern =
  /\s+|(?<word>[A-Za-z_$][A-Za-z0-9_$-]*)|(?<number>-?\d+(?:\.\d+)?)|(?<string>'(?:[^']|'')*'|"(?:[^"]|"")*")|(?<sign><>|!=|<=|>=|[=<>(),.*])/y;

export function readTokens(sql: string): SqlToken[] {
  const tokens: SqlToken[] = [];
  let at = 0;
  while (at < sql.length) {
    pattern.lastIndex = at;
    const match = pattern.exec(sql);
    if (!match) throw new SqlError(sql, at, `unexpected ${JSON.stringify(sql[at])}`);
    const { word, number, string, sign } = match.groups ?? {};
    if (word !== undefined) tokens.push({ kind: "word", text: word, at });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, at });
    else if (string !== undefined) tokens.push({ kind: "string", text: unquote(string), at });
    else if (sign !== undefined) tokens.push({ kind: "sign", text: sign, at });
    at = pattern.lastIndex;
  }
  tokens.push({ kind: "end", text: "", at });
  return tokens;
}

function unquote(text: string): string {
  const quote = text[0] ?? "'";
  return text.slice(1, -1).replaceAll(quote + quote, quote);
}
