/**
 * The subset of AWS IoT SQL that rules here are written in:
 *
 *   SELECT item {, item} FROM 'filter' [WHERE condition]
 *   item       *  |  value [AS name]
 *   value      a.b.c  |  'text'  |  1.5  |  true  |  false  |  function(…)
 *   function   topic() topic(n) timestamp() clientid() principal() startswith(value, value) isUndefined(value)
 *   condition  NOT, AND, OR, parentheses, = <> != < > <= >=, or a value that is a boolean
 *
 * [AWS IoT Core Developer Guide, "AWS IoT SQL reference"]. What is not in the subset is refused when the rule is made.
 */
import { readTokens, SqlError, type SqlToken } from "./sql-token.ts";
import { filterFault } from "./topic.ts";

export type SqlOperator = "=" | "<>" | "<" | ">" | "<=" | ">=";

export type SqlFunction =
  | { readonly call: "topic"; readonly segment?: number }
  | { readonly call: "timestamp" | "clientid" | "principal" }
  | { readonly call: "startswith"; readonly text: SqlValue; readonly start: SqlValue }
  | { readonly call: "isUndefined"; readonly value: SqlValue };

export type SqlValue =
  | { readonly literal: string | number | boolean }
  | { readonly path: readonly string[] }
  | SqlFunction;

export type SqlCondition =
  | { readonly all: readonly SqlCondition[] }
  | { readonly some: readonly SqlCondition[] }
  | { readonly not: SqlCondition }
  | { readonly left: SqlValue; readonly operator: SqlOperator; readonly right: SqlValue }
  | { readonly holds: SqlValue };

export interface SqlQuery {
  readonly everything: boolean;
  readonly items: readonly { readonly name: string; readonly value: SqlValue }[];
  readonly filter: string;
  readonly where?: SqlCondition;
}

const operators: Readonly<Record<string, SqlOperator>> = {
  "=": "=",
  "<>": "<>",
  "!=": "<>",
  "<": "<",
  ">": ">",
  "<=": "<=",
  ">=": ">=",
};

/** @throws SqlError that names the place and what was expected. */
export function parseSql(sql: string): SqlQuery {
  return new Parser(sql).query();
}

class Parser {
  readonly #sql: string;
  readonly #tokens: readonly SqlToken[];
  #at = 0;

  constructor(sql: string) {
    this.#sql = sql;
    this.#tokens = readTokens(sql);
  }

  query(): SqlQuery {
    this.#keyword("SELECT");
    let everything = false;
    const items: { name: string; value: SqlValue }[] = [];
    do {
      if (this.#skip("*")) everything = true;
      else items.push(this.#item());
    } while (this.#skip(","));
    this.#keyword("FROM");
    const from = this.#take();
    if (from.kind !== "string") throw this.#error(from, "expected a topic filter in quotes");
    const fault = filterFault(from.text);
    if (fault !== undefined) throw this.#error(from, fault);
    const where = this.#isKeyword("WHERE") ? this.#where() : undefined;
    const end = this.#take();
    if (end.kind !== "end") throw this.#error(end, `unexpected ${JSON.stringify(end.text)}`);
    return { everything, items, filter: from.text, ...(where ? { where } : {}) };
  }

  #item(): { name: string; value: SqlValue } {
    const token = this.#peek();
    const value = this.#value();
    if (this.#isKeyword("AS")) {
      this.#take();
      return { name: this.#name(), value };
    }
    if ("path" in value) return { name: value.path.at(-1) ?? "", value };
    if ("call" in value) return { name: value.call, value };
    throw this.#error(token, "a literal needs AS and a name");
  }

  #where(): SqlCondition {
    this.#take();
    return this.#some();
  }

  #some(): SqlCondition {
    const parts = [this.#all()];
    while (this.#isKeyword("OR")) {
      this.#take();
      parts.push(this.#all());
    }
    return parts.length === 1 ? parts[0]! : { some: parts };
  }

  #all(): SqlCondition {
    const parts = [this.#not()];
    while (this.#isKeyword("AND")) {
      this.#take();
      parts.push(this.#not());
    }
    return parts.length === 1 ? parts[0]! : { all: parts };
  }

  #not(): SqlCondition {
    if (this.#isKeyword("NOT")) {
      this.#take();
      return { not: this.#not() };
    }
    if (this.#skip("(")) {
      const inner = this.#some();
      this.#sign(")");
      return inner;
    }
    const left = this.#value();
    const token = this.#peek();
    const operator = token.kind === "sign" ? operators[token.text] : undefined;
    if (!operator) return { holds: left };
    this.#take();
    return { left, operator, right: this.#value() };
  }

  #value(): SqlValue {
    const token = this.#take();
    if (token.kind === "string") return { literal: token.text };
    if (token.kind === "number") return { literal: Number(token.text) };
    if (token.kind !== "word") throw this.#error(token, "expected a value");
    const word = token.text.toLowerCase();
    if (word === "true" || word === "false") return { literal: word === "true" };
    if (this.#skip("(")) return this.#call(token);
    const path = [token.text];
    while (this.#skip(".")) path.push(this.#name());
    return { path };
  }

  #call(token: SqlToken): SqlFunction {
    const name = token.text.toLowerCase();
    switch (name) {
      case "topic": {
        const next = this.#peek();
        if (next.kind !== "number") return this.#closed({ call: "topic" });
        const segment = Number(this.#take().text);
        if (!Number.isInteger(segment) || segment < 1)
          throw this.#error(next, "topic segments are counted from 1");
        return this.#closed({ call: "topic", segment });
      }
      case "timestamp":
      case "clientid":
      case "principal":
        return this.#closed({ call: name });
      case "startswith": {
        const text = this.#value();
        this.#sign(",");
        return this.#closed({ call: "startswith", text, start: this.#value() });
      }
      case "isundefined":
        return this.#closed({ call: "isUndefined", value: this.#value() });
      default:
        throw this.#error(token, `unknown function ${token.text}()`);
    }
  }

  #closed(call: SqlFunction): SqlFunction {
    this.#sign(")");
    return call;
  }

  #name(): string {
    const token = this.#take();
    if (token.kind !== "word") throw this.#error(token, "expected a name");
    return token.text;
  }

  #keyword(word: string): void {
    const token = this.#take();
    if (token.kind !== "word" || token.text.toUpperCase() !== word)
      throw this.#error(token, `expected ${word}`);
  }

  #isKeyword(word: string): boolean {
    const token = this.#peek();
    return token.kind === "word" && token.text.toUpperCase() === word;
  }

  #sign(text: string): void {
    const token = this.#take();
    if (token.kind !== "sign" || token.text !== text)
      throw this.#error(token, `expected ${JSON.stringify(text)}`);
  }

  #skip(text: string): boolean {
    const token = this.#peek();
    if (token.kind !== "sign" || token.text !== text) return false;
    this.#at++;
    return true;
  }

  #peek(): SqlToken {
    return this.#tokens[this.#at] ?? this.#tokens.at(-1)!;
  }

  #take(): SqlToken {
    const token = this.#peek();
    this.#at++;
    return token;
  }

  #error(token: SqlToken, why: string): SqlError {
    return new SqlError(this.#sql, token.at, why);
  }
}
