/** A body that a route of `/v1` takes; routes that are not here take none. */
import type { Route } from "@sightline/functions/shared/call";
import { freshName } from "./names.ts";

/** Ids of what there is. */
export interface Existing {
  readonly site: number;
  readonly device: string;
  readonly stream: string;
  readonly command: string;
  readonly token: string;
  readonly user: number;
  readonly folder: number;
  readonly session: string;
}

type Named = Pick<Route, "method" | "path">;

export const nameOf = ({ method, path }: Named): string => `${method} ${path}`;

const bodies: Readonly<Record<string, (own: Existing) => unknown>> = {
  "POST /v1/sites": () => ({ name: freshName("site") }),
  "PATCH /v1/sites/:site": () => ({ title: "x" }),
  "PUT /v1/sites/:site/members/:user": () => ({ permissions: ["edit-users"] }),
  "POST /v1/folders": ({ site }) => ({ title: "Hall", site }),
  "PATCH /v1/folders/:folder": () => ({ title: "Yard" }),
  "POST /v1/devices": ({ site }) => ({ name: freshName("box"), site }),
  "PATCH /v1/devices/:device": () => ({ title: "x" }),
  "POST /v1/devices/:device/drift/adopt": () => ({ localName: "x" }),
  "POST /v1/devices/:device/drift/revert": () => ({ localName: "x" }),
  "POST /v1/streams": ({ site }) => ({
    name: freshName("s"),
    site,
    device: null,
    source: { url: "rtsp://a/1" },
  }),
  "PATCH /v1/streams/:stream": () => ({ title: "x" }),
  "POST /v1/devices/:device/commands": ({ stream }) => ({
    kind: "stream.stats",
    args: { stream },
  }),
  "PATCH /v1/organization": () => ({ name: "x" }),
  "POST /v1/users": ({ site }) => ({
    login: freshName("user"),
    password: "correct horse",
    sites: { [site]: ["edit-users"] },
  }),
  "PATCH /v1/users/:user": () => ({ note: "x" }),
  "PUT /v1/users/:user/password": () => ({ password: "correct horse" }),
  "PATCH /v1/self": () => ({ phone: "1" }),
  "PUT /v1/self/password": () => ({ current: "wrong", password: "correct horse" }),
  // Nobody's, so that nothing comes of it.
  "POST /v1/sessions": () => ({ login: "nobody", password: "correct horse" }),
  "POST /v1/sessions/refresh": () => ({ refreshToken: "slr_none" }),
  "POST /v1/tokens": () => ({ name: "script", scopes: ["tokens:write"] }),
};

export const validBody = (route: Named, own: Existing): unknown => bodies[nameOf(route)]?.(own);

export const pathOf = ({ path }: Named, own: Existing): string =>
  path
    .replace(":site", String(own.site))
    .replace(":device", own.device)
    .replace(":stream", own.stream)
    .replace(":command", own.command)
    .replace(":token", own.token)
    .replace(":user", String(own.user))
    .replace(":folder", String(own.folder))
    .replace(":session", own.session)
    .replace(":name", "device");
