/**
 * Whatever a client sends to DeepStream's dialect: an answer in its form, and never a defect; a refusal has written nothing. Routes
 * come from the table of routes. The box is away, so that what is accepted is answered at once.
 */
import { deepstreamRoutes } from "@sightline/functions/deepstream/routes";
import { createApp } from "@sightline/functions/http/app";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, dialectToken } from "../support/deepstream.ts";
import { startCloud, type Cloud } from "../support/fixtures.ts";
import { mutated } from "../support/garbage.ts";
import { runs, runsTimeoutMs } from "../support/runs.ts";
import { watchWrites, type Writes } from "../support/writes.ts";

let cloud: Cloud;
let app: ReturnType<typeof createApp>;
let writes: Writes;
let device: string;
let token: string;

beforeAll(async () => {
  cloud = await startCloud();
  device = (await cloud.addBox()).device;
  token = await dialectToken(cloud);
  writes = watchWrites(cloud.dynamo, cloud.deps.gateway);
  const many = { perSecond: 1e6, burst: 1e6 };
  const rates = { principal: many, address: many };
  app = createApp({ ...cloud.deps, gateway: writes.gateway, rates });
  for (const id of [kept, passing]) await post("/api/v1/stream/add", sensor("camera_add", id));
});
afterAll(() => cloud.close());

const secret = "hunter2-of-the-camera";
/** What settings speak of, and what is removed. */
const [kept, passing] = ["cam", "passing"];
const sensor = (change: string, id = passing) => ({
  key: "sensor",
  value: {
    camera_id: id,
    camera_name: "Door",
    camera_url: `rtsp://a:${secret}@camera/1`,
    change,
    metadata: { codec: "h264", framerate: 30 },
  },
  headers: { source: "vst" },
});

/** A field of every setting: what a route does not know, it does not look at. */
const everything = {
  stream: {
    stream_id: kept,
    roi_count: 1,
    roi: [{ roi_id: "a", left: 1, top: 2, width: 3, height: 4 }],
    drop_frame_interval: 2,
    skip_frames: 2,
    low_latency_mode: 1,
    interval: 2,
    process_mode: 1,
    config_path: "/a.yml",
    bitrate: 1_000_000,
    force_idr: 1,
    force_intra: 1,
    iframeinterval: 50,
    src_crop: "1:2:3:4",
    dest_crop: "1:2:3:4",
    flip_method: 2,
    interpolation_method: 2,
    batched_push_timeout: 100,
    max_latency: 5,
    config_file_path: "/a.txt",
    app_quit: 1,
  },
};

const validBody = (path: string): object => {
  const [, change] = /\/stream\/(add|remove)$/.exec(path) ?? [];
  return change === undefined ? everything : sensor(`camera_${change}`);
};

const post = (path: string, body: string | object) =>
  ask((request) => app.fetch(request), `/devices/${device}/deepstream${path}`, {
    token,
    body,
  });

const posts = deepstreamRoutes.filter(
  ({ method, path }) => method === "POST" && path !== "/version",
);

describe.each(posts)("POST $path", ({ path }) => {
  test("takes what it is for", async () => {
    const { status } = await post(path, validBody(path));
    expect(status).toBe(path.includes("embeddings") ? 501 : 202);
  });

  test(
    "takes anything and answers for it",
    async () => {
      const property = fc.asyncProperty(mutated(validBody(path)), async (body) => {
        writes.take();
        cloud.letPass(1_000);
        const { status, text, body: said } = await post(path, body);
        expect([200, 202, 400, 413, 500, 501]).toContain(status);
        expect(said.reason ?? said.message).toMatch(
          /^[A-Z]|^this |^the body|^src_|^dest_|^flip|^interp/,
        );
        expect(text).not.toContain("something went wrong");
        expect(text).not.toContain(secret);
        if (status >= 400) expect(writes.take()).toEqual([]);
      });
      await fc.assert(property, runs(40));
    },
    runsTimeoutMs,
  );
});

test("nothing of it was a defect, and no log has the camera's password", () => {
  expect(cloud.logged.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(cloud.logged.join()).not.toContain(secret);
});
