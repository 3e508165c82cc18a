/** DeepStream's REST API of a cloud, as a client of one device calls it, and the box that answers meanwhile. */
import type { DeviceReport } from "@sightline/contracts/device-report";
import type { DeviceSettings, StreamSettings } from "@sightline/contracts/settings";
import { noError, type StreamReport } from "@sightline/contracts/stream-report";
import { hashToken, newTokenText } from "@sightline/core/access/authenticate";
import type { Scope, TokenBinding } from "@sightline/core/access/principal";
import type { Stream } from "@sightline/core/stream/stream";
import type { Box } from "./box.ts";
import type { Cloud } from "./fixtures.ts";
import { waitFor } from "./wait-for.ts";

export interface Said {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any -- a test says what it expects.
  readonly body: any;
}

export interface Asked {
  readonly method?: string;
  /** Sent as it is when it is a text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly token?: string;
}

/** A request to any app, as curl sends it. */
export async function ask(
  fetch: (request: Request) => Response | Promise<Response>,
  path: string,
  { method, body, headers = {}, token }: Asked = {},
): Promise<Said> {
  const response = await fetch(
    new Request(`http://localhost${path}`, {
      method: method ?? (body === undefined ? "GET" : "POST"),
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && {
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    }),
  );
  const text = await response.text();
  const { status, headers: given } = response;
  return { status, headers: given, text, body: text.startsWith("{") ? JSON.parse(text) : text };
}

/** Of the organization's admin, good for the devices of the dialect that it reaches: as the API makes none, for it wants a device. */
export async function dialectToken(
  { deps, organization: own }: Cloud,
  { scopes = ["*"], organization = own, user = 1, bound }: DialectToken = {},
): Promise<string> {
  const { store, ids, clock } = deps;
  const text = newTokenText(ids);
  await store.tokens.create({
    ...{
      id: ids.next("token"),
      hash: hashToken(text),
      organization,
      user,
      name: "dialect",
      scopes,
    },
    ...{ audience: "deepstream", createdAtMs: clock.nowMs(), ...(bound && { bound }) },
  });
  return text;
}

interface DialectToken {
  readonly scopes?: readonly Scope[];
  readonly organization?: string;
  readonly user?: number;
  readonly bound?: TokenBinding;
}

/** What is set, as a report has it. */
const defined = (settings: StreamSettings | DeviceSettings): StreamReport["applied"]["settings"] =>
  settings as StreamReport["applied"]["settings"];

export class DeepstreamClient {
  readonly #cloud: Cloud;
  readonly box: Box;
  readonly #controls: DeviceReport["controls"];
  #token: Promise<string> | undefined;

  /** `controls`: what the box's pipeline can do, and for whom. */
  constructor(cloud: Cloud, box: Box, controls: DeviceReport["controls"] = {}) {
    this.#cloud = cloud;
    this.box = box;
    this.#controls = controls;
  }

  async call(path: string, asked: Asked = {}): Promise<Said> {
    this.#token ??= dialectToken(this.#cloud);
    const root = `/devices/${this.box.name}/deepstream`;
    return ask((request) => this.#cloud.fetch(request), `${root}${path}`, {
      token: await this.#token,
      ...asked,
    });
  }

  sensor(change: "camera_add" | "camera_remove", value: object): Promise<Said> {
    const path = change === "camera_add" ? "add" : "remove";
    return this.call(`/api/v1/stream/${path}`, {
      body: { key: "sensor", value: { camera_name: "Door", change, ...value } },
    });
  }

  set(path: string, stream: object): Promise<Said> {
    return this.call(`/api/v1${path}`, { body: { stream } });
  }

  /** The stream that the device is told of under this camera_id, from this revision on. */
  stream(cameraId: string, revision = 1): Promise<Stream> {
    const device = { organization: this.#cloud.organization, id: this.box.device };
    return waitFor(
      `revision ${revision} of ${cameraId}`,
      async () => {
        const found = await this.#cloud.deps.store.streams.findByLocalName(device, cameraId);
        return found && found.revision >= revision ? found : undefined;
      },
      { timeoutMs: 5_000, pollMs: 10 },
    );
  }

  /** The box has done what is asked of the stream, unless `some` says otherwise. */
  async done(cameraId: string, revision = 1, some: Partial<StreamReport> = {}): Promise<Stream> {
    const stream = await this.stream(cameraId, revision);
    const applied = { url: stream.source.url, settings: defined(stream.settings) };
    await this.box.report(stream.id, stream.revision, {
      applied,
      ...some,
    });
    return stream;
  }

  /** Adds it, and has the box say that it has it. */
  async add(cameraId: string, url = "rtsp://camera/1"): Promise<Stream> {
    const [said, stream] = await Promise.all([
      this.sensor("camera_add", { camera_id: cameraId, camera_url: url }),
      this.done(cameraId),
    ]);
    if (said.status !== 200) throw new Error(said.text);
    return stream;
  }

  /** What the device is told of itself, from this revision on. */
  wish(revision = 1) {
    return waitFor(
      `revision ${revision} of the wish`,
      async () => {
        const { organization, deps } = this.#cloud;
        const device = await deps.store.devices.get(organization, this.box.device);
        return (device?.wish?.revision ?? 0) >= revision ? device?.wish : undefined;
      },
      { timeoutMs: 5_000, pollMs: 10 },
    );
  }

  /** The box has done what is asked of it besides its streams, unless `some` says otherwise. */
  async wishDone(revision: number, some: Partial<DeviceReport["wish"]> = {}): Promise<void> {
    const wish = await this.wish(revision);
    await this.box.reportOwn({
      controls: this.#controls,
      wish: {
        revision: wish.revision,
        error: noError,
        settings: defined(wish.settings),
        ...some,
      },
    });
  }
}
