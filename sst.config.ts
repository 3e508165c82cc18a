/// <reference path="./.sst/platform/config.d.ts" />

export default $config({
  app(input) {
    const isProduction = input.stage === "production";
    return {
      name: "sightline",
      home: "aws",
      removal: isProduction ? "retain" : "remove",
      protect: isProduction,
    };
  },
  async run() {
    const { api } = await import("./infra/api.ts");
    const { endpoint } = await import("./infra/device-gateway.ts");
    await import("./infra/rules.ts");
    await import("./infra/table-stream.ts");
    await import("./infra/sweep.ts");
    const { state, telemetry } = await import("./infra/tables.ts");
    return {
      api: api.url,
      mqtt: endpoint,
      stateTable: state.name,
      telemetryTable: telemetry.name,
    };
  },
});
