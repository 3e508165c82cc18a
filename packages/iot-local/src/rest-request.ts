/** Reading what the SDK sends. */
import type { Context } from "hono";
import { invalidRequest } from "./aws-error.ts";
import { limits } from "./limits.ts";

/** The JSON body as an object; an empty body is an empty object. */
export async function bodyOf(context: Context): Promise<Record<string, unknown>> {
  const text = await context.req.text();
  if (text === "") return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw invalidRequest("the body is not JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body))
    throw invalidRequest("the body is not a JSON object");
  return body as Record<string, unknown>;
}

export function stringOf(body: Record<string, unknown>, name: string): string {
  const value = body[name];
  if (typeof value !== "string" || value === "") throw invalidRequest(`${name} is missing`);
  return value;
}

export function queryFlag(context: Context, name: string): boolean {
  return context.req.query(name) === "true";
}

export function thingNameOf(context: Context): string {
  const name = context.req.param("thing") ?? "";
  const max = limits.thingName.value;
  if (!/^[a-zA-Z0-9:_-]+$/.test(name) || name.length > max)
    throw invalidRequest(`a thing name has 1 to ${max} characters of [a-zA-Z0-9:_-]`);
  return name;
}

/** One page of sorted rows after the row that `nextToken` names. */
export function pageOf<Row>(
  rows: readonly Row[],
  context: Context,
  by: {
    readonly key: (row: Row) => string;
    readonly sizeName: string;
    readonly sizeDefault: number;
  },
): { rows: Row[]; nextToken?: string } {
  const asked = Number(context.req.query(by.sizeName) ?? by.sizeDefault);
  if (!Number.isInteger(asked) || asked < 1 || asked > 250)
    throw invalidRequest(`${by.sizeName} is 1 to 250`);
  const token = context.req.query("nextToken");
  const after = token === undefined ? undefined : Buffer.from(token, "base64url").toString();
  const sorted = rows.toSorted((one, other) => (by.key(one) < by.key(other) ? -1 : 1));
  const rest = after === undefined ? sorted : sorted.filter((row) => by.key(row) > after);
  const page = rest.slice(0, asked);
  const last = page.at(-1);
  if (!last || page.length === rest.length) return { rows: page };
  return { rows: page, nextToken: Buffer.from(by.key(last)).toString("base64url") };
}
