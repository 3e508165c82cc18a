import { HealthAnswer } from "./answers.ts";
import { isDomainError } from "@sightline/contracts/errors";
import type { Call, Route } from "../shared/call.ts";

/** Whether the API can do its work: the database answers. Says nothing about tenants. */
async function health({ deps, c }: Call): Promise<Response> {
  const database = await deps.store.organizations.get("org_health").then(
    () => "ok",
    (error: unknown) => (isDomainError(error) ? error.code : "internal"),
  );
  const healthy = database === "ok";
  const answer = { status: healthy ? "ok" : "unavailable", database, version: deps.version };
  if (healthy) return c.json(answer, 200);
  return c.json(answer, 503, { "retry-after": "1" });
}

export const healthRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/v1/health",
    access: "public",
    about: {
      summary: "Whether the API can do its work.",
      answers: { 200: HealthAnswer, 503: HealthAnswer },
      errors: [],
    },
    handle: health,
  },
];
