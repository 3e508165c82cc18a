/** What can be asked of a place: every route of every dialect, by id and by name. */
import { apiRoutes } from "@sightline/functions/api/routes";
import { deepstreamRoutes } from "@sightline/functions/deepstream/routes";
import type { Audience } from "@sightline/core/access/principal";
import type { Access, Method } from "@sightline/functions/shared/call";
import type { Place } from "./places.ts";
import { nameOf, pathOf, validBody } from "./valid-body.ts";

export interface Question {
  readonly title: string;
  readonly method: Method;
  readonly access: Access;
  readonly audience: Audience;
  readonly path: (place: Place) => string;
  readonly body: (place: Place) => unknown;
  /** True when path or body name something of the place. */
  readonly isPlaced: boolean;
  /** True when it is for those who may on the whole organization. */
  readonly isWhole: boolean;
}

/** Their bodies name a site. */
const placedByBody = new Set([
  "POST /v1/devices",
  "POST /v1/streams",
  "POST /v1/folders",
  "POST /v1/users",
]);

const ofAll = new Set([
  "POST /v1/sites",
  "GET /v1/organization",
  "PATCH /v1/organization",
  "GET /v1/audit",
]);

const byName = (place: Place): Place => ({
  ...place,
  device: place.deviceName,
  stream: encodeURIComponent(`${place.mark}/door`),
});

const ofApi = apiRoutes.flatMap((route): readonly Question[] => {
  const title = nameOf(route);
  const isPlaced = route.path.includes("/:") || placedByBody.has(title);
  const question: Question = {
    ...{ title, method: route.method, access: route.access, audience: "api", isPlaced },
    isWhole: ofAll.has(title),
    path: (place) => pathOf(route, place),
    body: (place) => validBody(route, place),
  };
  if (!/:(?:device|stream)/.test(route.path)) return [question];
  const named = { ...question, path: (place: Place) => pathOf(route, byName(place)) };
  return [question, { ...named, title: `${title}, by name` }];
});

const ofDeepstream = deepstreamRoutes.map(({ method, path, access }): Question => ({
  ...{ title: `${method} …/deepstream${path}`, method, access },
  ...{ audience: "deepstream", isPlaced: true, isWhole: false },
  path: ({ device }) => `/devices/${device}/deepstream${path}`,
  body: () => (method === "POST" ? {} : undefined),
}));

export const questions: readonly Question[] = [...ofApi, ...ofDeepstream];
