/**
 * Drives NVIDIA's own server. It answers "success" when a request was taken, which says nothing about the camera, so additions and
 * removals count once the list shows them; settings cannot be read back, and count as taken.
 */
import { setTimeout as delay } from "node:timers/promises";
import { DomainError } from "@sightline/contracts/errors";
import { deepstreamPaths } from "@sightline/contracts/pipeline-paths";
import { hasScope, type Setting } from "@sightline/contracts/settings";
import type {
  CameraRef,
  DriverAbout,
  PipelineDriver,
  PipelineListing,
  StreamRef,
} from "../driver.ts";
import type { PipelineAnswer } from "../request.ts";
import { refusalOf, sensor } from "../sensor.ts";
import type { AddedUrls } from "./added-urls.ts";
import { Drops } from "./drops.ts";
import { listedStream, readCameras, readCounters, type ListedCamera } from "./listing.ts";
import type { StockProfile } from "./profile.ts";
import { assertPath, stockRequest, type StockRequest } from "./requests.ts";
import type { StockServer } from "./server.ts";
import { assertSource, type SourceRuleOptions } from "./source-rule.ts";

export interface StockDriverDeps {
  readonly server: StockServer;
  readonly profile: StockProfile;
  readonly urls: AddedUrls;
  readonly sources: SourceRuleOptions;
}

/** How long the list may lag behind an answer. */
const confirmMs = 3_000;
const confirmPollMs = 100;
/** An addition whose answer was lost may be carried out so much later. */
const lateMs = 60_000;

/** By name. */
type Cameras = ReadonlyMap<string, ListedCamera>;

const metricsPath = "/api/v1/metrics";

export class StockDriver implements PipelineDriver {
  readonly #deps: StockDriverDeps;
  readonly #drops = new Drops();
  /** Cameras that no list need show yet, and until when. */
  readonly #coming = new Map<string, number>();
  /** As they were last listed. */
  #cameras: Cameras = new Map();

  constructor(deps: StockDriverDeps) {
    this.#deps = deps;
    // The agent may have died, or given the server up, before the answer.
    for (const name of deps.urls.names()) this.#coming.set(name, performance.now() + lateMs);
  }

  async add(camera: CameraRef, requestId: string): Promise<void> {
    const { server, urls, sources } = this.#deps;
    await assertSource(camera.url, sources);
    const { localName } = camera;
    // An addition whose answer was lost, or one of before the agent was started again.
    if ((await this.#find(localName)) && urls.of(localName)[0] === camera.url) return;
    this.#drops.assertDue(camera);
    const before = urls.of(localName);
    this.#coming.set(localName, performance.now() + lateMs);
    await urls.adding(camera);
    const body = sensor(camera, "camera_add");
    const answer = await server.post(deepstreamPaths.streamAdd, body, requestId);
    if (!answer.isSuccess) {
      this.#coming.delete(localName);
      await urls.refused(localName, before);
      throw refusalOf(answer.reason);
    }
    if (!(await this.#waitFor((cameras) => cameras.has(localName)))) throw unlisted();
    this.#coming.delete(localName);
    this.#drops.added(camera);
    await urls.added(camera);
  }

  async remove(camera: CameraRef, requestId: string): Promise<void> {
    const { urls } = this.#deps;
    const known = urls.of(camera.localName).filter((url) => url !== camera.url);
    const { localName } = camera;
    if (await this.#removeBy(localName, [camera.url, ...known], requestId)) return;
    throw new DomainError("native.refused", "the server still lists the camera after its removal", {
      hint: "somebody may have added it anew by another URL, and only that one removes it",
    });
  }

  async removeUnmanaged(localName: string, requestId: string): Promise<void> {
    const known = this.#deps.urls.of(localName);
    if (await this.#removeBy(localName, known, requestId)) return;
    throw new DomainError(
      "command.unsupported",
      "a stock server removes a camera only by its exact URL, and does not tell it",
      { hint: "remove it with the URL that it was added with, or start the server anew" },
    );
  }

  async set(stream: StreamRef, setting: Setting, requestId: string): Promise<void> {
    this.#assertControl(setting, "stream");
    await this.#onStream(stream, requestId, (sourceId) => stockRequest(setting, sourceId));
  }

  async setShared(setting: Setting, requestId: string): Promise<void> {
    this.#assertControl(setting, "device");
    // Most of them want a stream named, whichever; the rest is the muxer's.
    const namesStream = hasScope(setting.key, "stream");
    const [first] = namesStream ? await this.#numbered() : [];
    const request = stockRequest(setting, first?.sourceId ?? 0);
    if (namesStream && !first)
      throw new DomainError("pipeline.unavailable", "there is no stream that it could be set on");
    await this.#post(request, requestId);
  }

  async forceIdr(stream: StreamRef, requestId: string): Promise<void> {
    await this.#force(stream, { requestId, path: deepstreamPaths.forceIdr, field: "force_idr" });
  }

  async forceIntra(stream: StreamRef, requestId: string): Promise<void> {
    await this.#force(stream, {
      requestId,
      path: deepstreamPaths.forceIntra,
      field: "force_intra",
    });
  }

  async reloadAnalytics(configPath: string, requestId: string): Promise<void> {
    if (!this.#deps.profile.tellsSourceId)
      throw unsupported("DeepStream 7.1 cannot read its analytics file again");
    assertPath(configPath);
    const body = { stream: { config_file_path: configPath } };
    await this.#post({ path: deepstreamPaths.analyticsReload, body }, requestId);
  }

  async list(): Promise<PipelineListing> {
    const { server, profile, urls } = this.#deps;
    const cameras = await this.#look();
    // What is measured is worth less than the list: without it, the streams are listed all the same.
    const counters = profile.hasMetrics
      ? await server.get(metricsPath).then(readCounters, () => new Map())
      : new Map();
    const streams = [...cameras.values()].map((camera) =>
      listedStream(camera, { counters: counters.get(camera.name), url: urls.of(camera.name)[0] }),
    );
    return { streams, shared: {} };
  }

  async about(): Promise<DriverAbout> {
    const { release, controls } = this.#deps.profile;
    return { version: `DeepStream ${release}`, backend: "stock", release, controls };
  }

  async snapshot(): Promise<PipelineAnswer> {
    throw unsupported("NVIDIA's server gives no pictures");
  }

  /** Never a success: the request was taken, and no answer says whether a frame came of it. */
  async #force(
    stream: StreamRef,
    { requestId, path, field }: { requestId: string; path: string; field: string },
  ): Promise<never> {
    await this.#onStream(stream, requestId, (sourceId) => ({
      path,
      body: { stream: { stream_id: String(sourceId), [field]: 1 } },
    }));
    throw new DomainError(
      "command.outcome-unknown",
      "the server took the request and cannot tell whether the frame came",
    );
  }

  /** A number is good only as long as the camera has it: it gets another one with every addition, and the old one may become another's. */
  async #onStream(
    { localName }: StreamRef,
    requestId: string,
    make: (sourceId: number) => StockRequest,
  ): Promise<void> {
    if (!this.#deps.profile.tellsSourceId)
      throw unsupported("DeepStream 7.1 does not tell the number of a stream");
    const before = (await this.#find(localName))?.sourceId;
    if (before === undefined)
      throw new DomainError("pipeline.unavailable", "the server does not list the stream now");
    await this.#post(make(before), requestId);
    if ((await this.#find(localName))?.sourceId === before) return;
    throw new DomainError(
      "command.outcome-unknown",
      "the stream got another number meanwhile, so the request may have met another stream",
    );
  }

  #assertControl({ key }: Setting, scope: "stream" | "device"): void {
    const { release, controls } = this.#deps.profile;
    if (controls[key] === scope) return;
    throw unsupported(
      controls[key] === undefined
        ? `DeepStream ${release} cannot set ${key} over its REST API`
        : `DeepStream ${release} has ${key} for ${controls[key] === "device" ? "all streams" : "each stream"} only`,
    );
  }

  async #post({ path, body }: StockRequest, requestId: string): Promise<void> {
    const answer = await this.#deps.server.post(path, body, requestId);
    if (!answer.isSuccess) throw new DomainError("native.refused", answer.reason);
  }

  /** True once the list does not show the camera. Before 9.0 the answer to a wrong URL is a success without a reason: the list judges. */
  async #removeBy(
    localName: string,
    candidates: readonly string[],
    requestId: string,
  ): Promise<boolean> {
    const { server, urls } = this.#deps;
    let isGone = !(await this.#find(localName));
    for (const url of candidates) {
      if (isGone) break;
      const body = sensor({ localName, url }, "camera_remove");
      const { isSuccess } = await server.post(deepstreamPaths.streamRemove, body, requestId);
      isGone = isSuccess
        ? await this.#waitFor((cameras) => !cameras.has(localName))
        : !(await this.#find(localName));
    }
    if (isGone) {
      this.#drops.removed(localName);
      await urls.removed(localName);
    }
    return isGone;
  }

  async #look(): Promise<Cameras> {
    const answer = await this.#deps.server.get(deepstreamPaths.streamList);
    const cameras = new Map(readCameras(answer).map((camera) => [camera.name, camera]));
    const before = this.#cameras;
    this.#cameras = cameras;
    await this.#forgetOthers(before, cameras);
    return cameras;
  }

  /** Dropped by the server, or it is another process: if the name comes again, or has come, somebody else has added it. */
  async #forgetOthers(before: Cameras, cameras: Cameras): Promise<void> {
    const { urls } = this.#deps;
    const nowMs = performance.now();
    for (const [name, untilMs] of this.#coming) if (untilMs < nowMs) this.#coming.delete(name);
    for (const name of urls.names()) {
      const camera = cameras.get(name);
      const isOther = camera ? isRenumbered(camera, before.get(name)) : !this.#coming.has(name);
      if (isOther) await urls.removed(name);
    }
  }

  async #find(localName: string): Promise<ListedCamera | undefined> {
    return (await this.#look()).get(localName);
  }

  async #numbered(): Promise<readonly ListedCamera[]> {
    const cameras = [...(await this.#look()).values()];
    return cameras.filter(({ sourceId }) => sourceId !== undefined);
  }

  async #waitFor(is: (cameras: Cameras) => boolean): Promise<boolean> {
    const untilMs = performance.now() + confirmMs;
    for (;;) {
      if (is(await this.#look())) return true;
      if (performance.now() > untilMs) return false;
      await delay(confirmPollMs);
    }
  }
}

const isRenumbered = ({ sourceId }: ListedCamera, before: ListedCamera | undefined): boolean =>
  before?.sourceId !== undefined && sourceId !== undefined && sourceId !== before.sourceId;

const unsupported = (text: string): DomainError =>
  new DomainError("command.unsupported", text, {
    hint: "a newer DeepStream, or our pipeline host, may be able to",
  });

const unlisted = (): DomainError =>
  new DomainError("native.refused", "the server accepted the camera and does not list it", {
    hint: "look whether its URL plays; a stock server drops a camera that fails without a word",
  });
