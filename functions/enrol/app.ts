/** Enrolment: the only function that may touch things and certificates. */
import type { Hono } from "hono";
import { EnrolmentAnswer, EnrolmentRequest } from "@sightline/contracts/enrolment";
import { enrol } from "@sightline/core/enrolment/enrolment-operations";
import type { EnrolDeps } from "@sightline/core/ports/deps";
import { readBody, type AppDeps, type Route } from "../shared/call.ts";
import { createHttpApp, mountRoutes } from "../shared/mount.ts";

/** The token in the body is the right to call it. */
export const enrolRoutes: readonly Route<EnrolDeps & AppDeps>[] = [
  {
    method: "POST",
    path: "/v1/enrolments",
    access: "once",
    about: {
      summary: "Enrols a box with a one-time token.",
      body: EnrolmentRequest,
      answers: { 201: EnrolmentAnswer.meta({ id: "Enrolment" }) },
      errors: [
        "enrolment.invalid",
        "enrolment.busy",
        "enrolment.csr-invalid",
        "device.not-found",
        "gateway.unavailable",
      ],
    },
    handle: async (call) => {
      const request = await readBody(call, EnrolmentRequest);
      return call.c.json(await enrol(call.deps, request, call.recordAs), 201);
    },
  },
];

export function createEnrolApp(deps: AppDeps & EnrolDeps): Hono {
  const app = createHttpApp(deps);
  mountRoutes(app, deps, enrolRoutes);
  return app;
}
