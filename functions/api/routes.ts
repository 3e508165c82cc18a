/** Every route of `/v1` with what it takes to call it: the one table. */
import type { Route } from "../shared/call.ts";
import { auditRoutes } from "./audit.ts";
import { commandRoutes } from "./commands.ts";
import { deviceRoutes } from "./devices.ts";
import { documentRoutes } from "./documents.ts";
import { driftRoutes } from "./drift.ts";
import { folderRoutes } from "./folders.ts";
import { healthRoutes } from "./health.ts";
import { organizationRoutes } from "./organization.ts";
import { selfRoutes } from "./self.ts";
import { sessionRoutes } from "./sessions.ts";
import { memberRoutes } from "./members.ts";
import { shadowRoutes } from "./shadows.ts";
import { siteRoutes } from "./sites.ts";
import { streamRoutes } from "./streams.ts";
import { tokenRoutes } from "./tokens.ts";
import { userRoutes } from "./users.ts";

export const apiRoutes: readonly Route[] = [
  ...siteRoutes,
  ...memberRoutes,
  ...folderRoutes,
  ...deviceRoutes,
  ...shadowRoutes,
  ...streamRoutes,
  ...commandRoutes,
  ...driftRoutes,
  ...organizationRoutes,
  ...userRoutes,
  ...selfRoutes,
  ...tokenRoutes,
  ...sessionRoutes,
  ...auditRoutes,
  ...healthRoutes,
  ...documentRoutes,
];
