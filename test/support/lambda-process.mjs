/** Runs a bundled function as the Lambda runtime does: loaded once, then called with one event after the other. */
import { createRequire } from "node:module";

const { handler } = createRequire(import.meta.url)(process.argv[2]);
process.on("disconnect", () => process.exit(0));
process.on("message", async ({ id, event }) => {
  const context = {
    awsRequestId: `request-${id}`,
    functionName: "test",
    getRemainingTimeInMillis: () => 10_000,
  };
  try {
    process.send({ id, result: await handler(event, context) });
  } catch (error) {
    process.send({ id, error: String(error?.stack ?? error) });
  }
});
process.send({ id: 0 });
