/** A client at an address of its own: what it calls comes from there. */
import { createApp } from "@sightline/functions/http/app";
import type { Answer } from "./api.ts";
import type { Cloud } from "./fixtures.ts";

export interface ClientCall {
  readonly method?: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly authorization?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Client = (route: string, call?: ClientCall) => Promise<Answer>;

export const basicOf = (login: string, password: string): string =>
  `Basic ${Buffer.from(`${login}:${password}`).toString("base64")}`;

/** Each has a process of its own: what one remembers, another one does not know. */
export function clientAt(cloud: Cloud, address: string, deps = cloud.deps): Client {
  const app = createApp(deps);
  const env = { incoming: { socket: { remoteAddress: address } } };
  return async (route, { method, body, authorization, headers = {} } = {}) => {
    const request = {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        ...headers,
        ...(authorization !== undefined && { authorization }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
    const response = await app.request(route, request, env);
    const text = await response.text();
    const { status } = response;
    return {
      status,
      headers: response.headers,
      text,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    };
  };
}
