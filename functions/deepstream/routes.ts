/** Every route of DeepStream's REST API with what it takes to call it: the one table. */
import type { DeepstreamRoute } from "./call.ts";
import { healthRoutes } from "./health.ts";
import { productRoutes } from "./product.ts";
import { settingRoutes } from "./settings.ts";
import { streamRoutes } from "./streams.ts";

export const deepstreamRoutes: readonly DeepstreamRoute[] = [
  ...streamRoutes,
  ...settingRoutes,
  ...healthRoutes,
  ...productRoutes,
];
