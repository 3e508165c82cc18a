/**
 * Three sites, and people with one permission on one of them: what they find, what they may there, and that what lies elsewhere is for
 * them as if it were not: the same answer, after the same requests to the database.
 */
import {
  sitePermissions,
  sitePermissionTable,
  type Permission,
  type SitePermission,
} from "@sightline/core/access/principal";
import { deepstreamRoutes } from "@sightline/functions/deepstream/routes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Answer } from "../support/api.ts";
import { ask } from "../support/deepstream.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { freshName } from "../support/names.ts";
import { addPerson, basic, loginOf, password, type Person } from "../support/person.ts";
import { expectProblem } from "../support/problem.ts";
import { watchRequests } from "../support/requests.ts";

interface Place {
  readonly site: number;
  readonly device: string;
  readonly deviceName: string;
  readonly stream: string;
  readonly streamName: string;
  readonly command: string;
}

let cloud: Cloud;
let requests: () => readonly string[];
/** Where the permission is had, where another one is, and where none. */
let own: Place;
let seen: Place;
let hidden: Place;
const people = new Map<SitePermission, Person>();

beforeAll(async () => {
  cloud = await startCloud();
  requests = watchRequests(cloud.dynamo);
  [own, seen, hidden] = [await addPlace(), await addPlace(), await addPlace()];
  for (const permission of sitePermissions)
    people.set(
      permission,
      await addPerson(cloud, {
        sites: { [own.site]: [permission], [seen.site]: [otherThan(permission)] },
      }),
    );
});
afterAll(() => cloud.close());

/** Lets in to nothing of devices and streams, nor of people. */
const otherThan = (permission: SitePermission): SitePermission =>
  permission === "view-persons-lists" ? "edit-persons-lists" : "view-persons-lists";

async function addPlace(): Promise<Place> {
  const { site, device, name: deviceName } = await cloud.addBox();
  const streamName = freshName("stream");
  const body = { name: streamName, device, source: { url: "rtsp://camera/1" } };
  const stream = String((await cloud.call("/v1/streams", { body })).body.id);
  const command = await cloud.call(`/v1/devices/${device}/commands`, {
    body: { kind: "stream.force-idr", args: { stream } },
  });
  return { site, device, deviceName, stream, streamName, command: String(command.body.id) };
}

/** Ids and names in the form of real ones. */
const nowhere = (): Place => ({
  site: 999_999,
  device: `dev_${"0".repeat(26)}`,
  deviceName: "nobody-has-this",
  stream: `str_${"0".repeat(26)}`,
  streamName: "nobody has this",
  command: `cmd_${"0".repeat(26)}`,
});

interface Operation {
  readonly needs: Permission;
  readonly method?: string;
  readonly path: (at: Place) => string;
  readonly body?: (at: Place) => object;
  /** Done when the permission is had; absent: 200. */
  readonly done?: number | string;
}

const source = { url: "rtsp://camera/2" };
const onDevice = (rest: string) => (at: Place) => `/v1/devices/${at.device}${rest}`;
const onStream = (rest: string) => (at: Place) => `/v1/streams/${at.stream}${rest}`;

const operations: Readonly<Record<string, Operation>> = {
  "get the site": { needs: "sites:read", path: (at) => `/v1/sites/${at.site}` },
  "list its members": { needs: "users:read", path: (at) => `/v1/sites/${at.site}/members` },
  "list its devices": { needs: "devices:read", path: (at) => `/v1/devices?site=${at.site}` },
  "list its streams": { needs: "streams:read", path: (at) => `/v1/streams?site=${at.site}` },
  "list its folders": { needs: "sites:read", path: (at) => `/v1/folders?site=${at.site}` },
  "get a device": { needs: "devices:read", path: onDevice("") },
  "get a device by name": {
    needs: "devices:read",
    path: (at) => `/v1/devices/${at.deviceName}`,
  },
  "get its shadows": { needs: "devices:read", path: onDevice("/shadow") },
  "get one of its shadows": { needs: "devices:read", path: onDevice("/shadows/device") },
  "get its drift": { needs: "devices:read", path: onDevice("/drift") },
  "list its commands": { needs: "commands:read", path: onDevice("/commands") },
  "get one of its commands": {
    needs: "commands:read",
    path: (at) => onDevice(`/commands/${at.command}`)(at),
  },
  "give it a command": {
    needs: "commands:write",
    method: "POST",
    path: onDevice("/commands"),
    body: (at) => ({ kind: "stream.force-idr", args: { stream: at.stream } }),
    done: 201,
  },
  "give our device a command for a stream": {
    needs: "commands:write",
    method: "POST",
    path: () => onDevice("/commands")(own),
    body: (at) => ({ kind: "stream.force-idr", args: { stream: at.stream } }),
    done: 201,
  },
  "adopt what was changed there": {
    needs: "streams:write",
    method: "POST",
    path: onDevice("/drift/adopt"),
    body: () => ({ localName: "x" }),
    done: "drift.not-found",
  },
  "revert what was changed of a stream": {
    needs: "streams:write",
    method: "POST",
    path: () => onDevice("/drift/revert")(own),
    body: (at) => ({ stream: at.stream }),
    done: "drift.not-found",
  },
  "get a stream": { needs: "streams:read", path: onStream("") },
  "get a stream by name": {
    needs: "streams:read",
    path: (at) => `/v1/streams/${encodeURIComponent(at.streamName)}`,
  },
  "get its counters": {
    needs: "streams:read",
    path: onStream("/stats"),
    done: "stream.no-report",
  },
  "get a picture of it": {
    needs: "streams:read",
    path: onStream("/snapshot"),
    done: "snapshot.unavailable",
  },
  "change a stream": {
    needs: "streams:write",
    method: "PATCH",
    path: onStream(""),
    body: () => ({ title: freshName("title") }),
  },
  "move our stream to a device": {
    needs: "streams:write",
    method: "PATCH",
    path: () => onStream("")(own),
    body: (at) => ({ device: at.deviceName }),
  },
  "add a stream to a device": {
    needs: "streams:write",
    method: "POST",
    path: () => "/v1/streams",
    body: (at) => ({ name: freshName("s"), device: at.device, source }),
    done: 201,
  },
  "add a stream to the site": {
    needs: "streams:write",
    method: "POST",
    path: () => "/v1/streams",
    body: (at) => ({ name: freshName("s"), site: at.site, source }),
    done: 201,
  },
  "add a folder to the site": {
    needs: "streams:write",
    method: "POST",
    path: () => "/v1/folders",
    body: (at) => ({ title: "Hall", site: at.site }),
    done: 201,
  },
};

const call = (person: Person, operation: Operation, at: Place): Promise<Answer> =>
  person.call(operation.path(at), {
    method: operation.method ?? "GET",
    ...(operation.body && { body: operation.body(at) }),
  });

const mayIn = (grant: SitePermission, { needs }: Operation): boolean =>
  (sitePermissionTable[grant] as readonly Permission[]).includes(needs);

/** But for what the client itself has said, and the id of the request. */
const blank = ({ text, headers }: Answer, at: Place): string =>
  [at.device, at.deviceName, at.stream, at.streamName, at.command]
    .flatMap((said) => [encodeURIComponent(said), said])
    .reduce((left, said) => left.replaceAll(said, "?"), text)
    .replaceAll(headers.get("x-request-id") ?? "-", "?")
    .replaceAll(new RegExp(`(?<=site |sites/)${at.site}\\b`, "g"), "?");

describe.each(sitePermissions)("somebody with %s on one site", (grant) => {
  const person = () => people.get(grant)!;

  describe.each(Object.entries(operations))("may %s", (_, operation) => {
    test("there, when it lets them, and is forbidden to do so where something else lets them in", async () => {
      const [here, there] = [
        await call(person(), operation, own),
        await call(person(), operation, seen),
      ];
      if (!mayIn(grant, operation)) expectProblem(here, "auth.forbidden");
      else if (typeof operation.done === "string") expect(here.body.code).toBe(operation.done);
      else expect([here.status, here.text]).toEqual([operation.done ?? 200, here.text]);
      // Everything that lets somebody in shows the site.
      if (operation.needs === "sites:read") expect(there.status).toBe(200);
      else expectProblem(there, "auth.forbidden");
    });

    test("nowhere else, as if nothing were there", async () => {
      await call(person(), operation, hidden);
      requests();
      const answer = await call(person(), operation, hidden);
      const asked = requests();
      expect(asked).not.toEqual([]);
      const nothing = nowhere();
      const none = await call(person(), operation, nothing);
      expect([none.status, blank(none, nothing)]).toEqual([answer.status, blank(answer, hidden)]);
      expect(requests()).toEqual(asked);
      if (mayIn(grant, operation)) expect(answer.status).toBe(404);
      else expectProblem(answer, "auth.forbidden");
    });
  });

  describe.each(deepstreamRoutes)("by DeepStream's dialect, $method $path", (route) => {
    const at = ({ device }: Place) =>
      ask((request) => cloud.fetch(request), `/devices/${device}/deepstream${route.path}`, {
        method: route.method,
        ...(route.method !== "GET" && { body: "{}" }),
        headers: basic(loginOf(person().user), password),
      });

    test("is for the site that it lets in to, and nothing else is there", async () => {
      const may = (sitePermissionTable[grant] as readonly string[]).includes(route.access);
      const isRefused = [403, 404, 401];
      const here = await at(own);
      if (may) expect(isRefused).not.toContain(here.status);
      else expect(here.status).toBe(403);
      expect((await at(seen)).status).toBe(403);
      requests();
      const away = await at(hidden);
      const asked = requests();
      const none = await at(nowhere());
      expect(away.status).toBe(may ? 404 : 403);
      const nobody = nowhere().device;
      expect(away.text.replaceAll(hidden.device, "?")).toBe(none.text.replaceAll(nobody, "?"));
      expect(requests()).toEqual(asked);
    });
  });
});

describe.each(["devices:write", "devices:enrol"] as const)("%s", (needs) => {
  test.each(sitePermissions)("is not had by %s", async (grant) => {
    const person = people.get(grant)!;
    const path = `/v1/devices/${own.device}`;
    for (const answer of needs === "devices:enrol"
      ? [await person.call(`${path}/enrolments`, { method: "POST" })]
      : [
          await person.call(path, { method: "PATCH", body: { title: "x" } }),
          await person.call(path, { method: "DELETE" }),
          await person.call("/v1/devices", { body: { name: freshName("b"), site: own.site } }),
        ]) {
      expectProblem(answer, "auth.forbidden");
      expect(answer.body.details).toEqual({ permission: needs });
    }
  });
});

test("what is removed is only what lies in one's own site", async () => {
  const person = people.get("edit-streams")!;
  const remove = (at: Place) => person.call(`/v1/streams/${at.stream}`, { method: "DELETE" });
  expectProblem(await remove(hidden), "stream.not-found");
  expectProblem(await remove(seen), "auth.forbidden");
  const cancel = (at: Place) =>
    person.call(`/v1/devices/${at.device}/commands/${at.command}`, { method: "DELETE" });
  expectProblem(await cancel(hidden), "device.not-found");
  expectProblem(await cancel(seen), "auth.forbidden");
  expect((await cancel(own)).status).toBe(200);
  expect((await remove(own)).status).toBe(204);
});
