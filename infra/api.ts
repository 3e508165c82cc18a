/** The public side: one HTTP API, two functions. Every request is authenticated by the function, as on one machine. */
import { enrol, http } from "./functions.ts";

/** Clients of DeepStream's dialect may have their token in the path, and a log is read by more people than a request. */
function withoutPath(format: string): string {
  const { path: _, ...fields } = JSON.parse(format) as Record<string, string>;
  return JSON.stringify(fields);
}

export const api = new sst.aws.ApiGatewayV2("Api", {
  // The API is called by programs; a console comes from the same origin.
  cors: false,
  accessLog: { retention: "1 month" },
  transform: {
    stage: (args) => {
      // Of all callers together; per caller, the function itself throttles.
      args.defaultRouteSettings = { throttlingRateLimit: 200, throttlingBurstLimit: 400 };
      args.accessLogSettings = $util.output(args.accessLogSettings).apply((log) => ({
        destinationArn: log?.destinationArn ?? "",
        format: withoutPath(log?.format ?? "{}"),
      }));
    },
  },
});

api.route("$default", http.arn);
api.route("POST /v1/enrolments", enrol.arn);
