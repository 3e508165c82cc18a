import { Hono } from "hono";
import { expect, test } from "vitest";
import { headerCredentials, type Credentials } from "./credentials.ts";

async function read(headers: Headers): Promise<Credentials | undefined> {
  let found: Credentials | undefined;
  const app = new Hono();
  app.get("/", (c) => {
    found = headerCredentials(c);
    return c.body(null);
  });
  await app.request("/", { headers });
  return found;
}
const of = (...values: readonly string[]): Headers =>
  new Headers(values.map((value) => ["authorization", value] as [string, string]));
const basic = (userinfo: string): string => `Basic ${Buffer.from(userinfo).toString("base64")}`;

test.each<[string, Credentials]>([
  ["Bearer slt_abc", { kind: "token", token: "slt_abc" }],
  ["bearer  a.b-c_d~e+f/g==", { kind: "token", token: "a.b-c_d~e+f/g==" }],
  [basic("ann:p:w"), { kind: "login", login: "ann", password: "p:w" }],
  [basic("acme/änn:"), { kind: "login", login: "acme/änn", password: "" }],
  [basic("slt_abc:"), { kind: "token", token: "slt_abc" }],
  [basic("x:slt_abc"), { kind: "token", token: "slt_abc" }],
])("%s is read", async (value, credentials) => {
  expect(await read(of(value))).toEqual(credentials);
});

test.each([
  [[]],
  [["Bearer"]],
  [["Bearer "]],
  [["slt_abc"]],
  [["Digest abc"]],
  [[basic("ann")]],
  [[basic(":password")]],
  [["Bearer slt_abc, Bearer slt_def"]],
  [["Bearer slt_abc,slt_def"]],
  [["Bearer slt_abc slt_def"]],
  [["Bearer slt_abc;x=1"]],
  [["Basic YTpi\tBearer"]],
  [["Bearer\tslt_abc"]],
  [["Basic", "Bearer slt_abc"]],
  [["Bearer slt_abc", "Bearer slt_def"]],
  [["Bearer slt_abc", "Bearer slt_abc"]],
  [[basic("ann:x"), "Bearer slt_abc"]],
])("%j holds no credentials", async (values) => {
  expect(await read(of(...values))).toBeUndefined();
});
