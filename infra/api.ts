/** The public side: one HTTP API, two functions. Every request is authenticated by the function, as on one machine. */
import { enrol, http } from "./functions.ts";

export const api = new sst.aws.ApiGatewayV2("Api", {
  // The API is called by programs; a console comes from the same origin.
  cors: false,
  accessLog: { retention: "1 month" },
  transform: {
    stage: (args) => {
      // Of all callers together; per caller, the function itself throttles.
      args.defaultRouteSettings = { throttlingRateLimit: 200, throttlingBurstLimit: 400 };
    },
  },
});

api.route("$default", http.arn);
api.route("POST /v1/enrolments", enrol.arn);
