/** The running system's API as boxes of tests call it. */
import type { Installation } from "@sightline/contracts/ids";
import type { Api } from "./api.ts";
import { Box, type BoxOptions } from "./box.ts";
import { freshName } from "./names.ts";
import type { System } from "./system.ts";

/** Of `npm start`. */
export const localInstallation: Installation = { app: "sightline", stage: "local" };

export function apiOf(system: System): Api {
  const call: Api["call"] = async (route, { method, body, token, headers } = {}) => {
    const answer = await system.call(route, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      body,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...headers },
    });
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
    return { ...answer, text };
  };
  return {
    token: system.ready.admin.token,
    call,
    async addSite() {
      const { body } = await call("/v1/sites", { body: { name: freshName("site") } });
      return (body as { id: number }).id;
    },
  };
}

export const addBox = (system: System, options: BoxOptions = {}): Promise<Box> =>
  Box.make(apiOf(system), { installation: localInstallation, ...options });
