/**
 * The pipeline host's REST, as `contracts/pipeline-api.ts` has it.
 * DeepStream's routes answer 200 on the wire whatever happened: only wire 200, body status 200 and `_SUCCESS` mean success.
 */
import { DomainError, isErrorCode } from "@sightline/contracts/errors";
import { deepstreamPaths, sightlinePaths } from "@sightline/contracts/pipeline-paths";
import {
  DeepstreamAnswer,
  PipelineAbout,
  PipelineProblem,
  PipelineStreams,
  type PipelineDetection,
} from "@sightline/contracts/pipeline-api";
import { hasScope, settingKeys, settingsTable, type Setting } from "@sightline/contracts/settings";
import { parseJson } from "../json.ts";
import { sharedSettings } from "./applied.ts";
import type {
  CameraRef,
  DriverAbout,
  PipelineDriver,
  PipelineListing,
  StreamRef,
} from "./driver.ts";
import { requestIdHeader, requestPipeline, type PipelineAnswer } from "./request.ts";
import { refusalOf, sensor } from "./sensor.ts";
import { settingRequest, type SettingRequest } from "./setting-request.ts";

export interface PipelineAddress {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly token: string;
}

interface Write {
  readonly method: "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly body?: object;
}

const writeTimeoutMs = 5_000;
/** A pipeline that needs longer for its list is taken for dead. */
const readTimeoutMs = 3_000;

export class PipelineClient implements PipelineDriver {
  readonly #address: PipelineAddress;

  constructor(address: PipelineAddress) {
    this.#address = address;
  }

  add(camera: CameraRef, requestId: string): Promise<void> {
    return this.#write(deepstreamPaths.streamAdd, sensor(camera, "camera_add"), requestId);
  }

  remove(camera: CameraRef, requestId: string): Promise<void> {
    return this.#write(deepstreamPaths.streamRemove, sensor(camera, "camera_remove"), requestId);
  }

  async removeUnmanaged(localName: string, requestId: string): Promise<void> {
    const path = sightlinePaths.stream(localName);
    const answer = await this.#send({ method: "DELETE", path }, requestId);
    if (answer.status !== 204 && !isMissingStream(answer)) refuse(answer);
  }

  async set(stream: StreamRef, setting: Setting, requestId: string): Promise<void> {
    if (stream.sourceId === undefined)
      throw new DomainError(
        "command.unsupported",
        "the pipeline does not tell the stream's number",
      );
    const request = settingRequest(setting, stream.sourceId);
    await this.#carryOut(request, stream.localName, requestId);
  }

  /** DeepStream wants a stream named for most of them, whichever: the batch is all of them. */
  async setShared(setting: Setting, requestId: string): Promise<void> {
    const namesStream = hasScope(setting.key, "stream");
    const [first] = namesStream ? (await this.list()).streams : [];
    if (namesStream && !first)
      throw new DomainError("pipeline.unavailable", "there is no stream that it could be set on");
    const request = settingRequest(setting, first?.source_id ?? 0);
    await this.#carryOut(request, first?.camera_id ?? "", requestId);
  }

  forceIdr(stream: StreamRef, requestId: string): Promise<void> {
    return this.#force(deepstreamPaths.forceIdr, stream, { requestId, field: "force_idr" });
  }

  forceIntra(stream: StreamRef, requestId: string): Promise<void> {
    return this.#force(deepstreamPaths.forceIntra, stream, { requestId, field: "force_intra" });
  }

  reloadAnalytics(configPath: string, requestId: string): Promise<void> {
    const stream = { config_file_path: configPath };
    return this.#write(deepstreamPaths.analyticsReload, { stream }, requestId);
  }

  async list(): Promise<PipelineListing> {
    const answer = await this.#read(sightlinePaths.streams);
    const parsed = PipelineStreams.safeParse(parseJson(answer.body.toString("utf8")));
    if (answer.status === 200 && parsed.success)
      return { streams: parsed.data.streams, shared: sharedSettings(parsed.data.shared) };
    throw new DomainError(
      "pipeline.unavailable",
      `the pipeline's list is not one (${answer.status})`,
    );
  }

  async about(): Promise<DriverAbout> {
    const answer = await this.#read(sightlinePaths.about);
    const parsed = PipelineAbout.safeParse(parseJson(answer.body.toString("utf8")));
    if (answer.status === 200 && parsed.success) {
      const { version, backend, controls } = parsed.data;
      return { version, backend, release: "", controls: controlsByKey(controls) };
    }
    throw new DomainError(
      "pipeline.unavailable",
      `the pipeline does not say what it is (${answer.status})`,
    );
  }

  snapshot(localName: string, requestId: string): Promise<PipelineAnswer> {
    return this.#read(sightlinePaths.snapshot(localName), requestId);
  }

  async #carryOut(request: SettingRequest, localName: string, requestId: string): Promise<void> {
    if (request.kind === "deepstream") return this.#write(request.path, request.body, requestId);
    const write: Write =
      request.kind === "output"
        ? { method: "PUT", path: sightlinePaths.output(localName), body: request.body }
        : {
            method: "PUT",
            path: sightlinePaths.detectors(localName),
            body: wholeDetection(await this.#detection(localName), request.change),
          };
    const answer = await this.#send(write, requestId);
    if (answer.status !== 200) refuse(answer);
  }

  /** As it is now. */
  async #detection(localName: string): Promise<PipelineDetection> {
    const { streams } = await this.list();
    const entry = streams.find(({ camera_id }) => camera_id === localName);
    if (entry?.applied?.detection) return entry.applied.detection;
    throw new DomainError("native.refused", "the pipeline shows no detectors of the stream");
  }

  #force(
    path: string,
    { sourceId }: StreamRef,
    { requestId, field }: { readonly requestId: string; readonly field: string },
  ): Promise<void> {
    return this.#write(path, { stream: { stream_id: String(sourceId), [field]: 1 } }, requestId);
  }

  #read(path: string, requestId?: string): Promise<PipelineAnswer> {
    return requestPipeline({
      method: "GET",
      url: `${this.#address.url}${path}`,
      headers: {
        Authorization: `Bearer ${this.#address.token}`,
        ...(requestId === undefined ? {} : requestIdHeader(requestId)),
      },
      timeoutMs: readTimeoutMs,
    });
  }

  async #write(path: string, body: object, requestId: string): Promise<void> {
    assertSuccess(await this.#send({ method: "POST", path, body }, requestId));
  }

  #send({ method, path, body }: Write, requestId: string): Promise<PipelineAnswer> {
    return requestPipeline({
      method,
      url: `${this.#address.url}${path}`,
      headers: {
        Authorization: `Bearer ${this.#address.token}`,
        ...(body && { "Content-Type": "application/json" }),
        ...requestIdHeader(requestId),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs: writeTimeoutMs,
    });
  }
}

const noAnswer: DeepstreamAnswer = { reason: "", status: "" };

function assertSuccess({ status, body }: PipelineAnswer): void {
  const parsed = DeepstreamAnswer.safeParse(parseJson(body.toString("utf8")));
  const { reason, status: said, error } = parsed.success ? parsed.data : noAnswer;
  if (status === 200 && said.startsWith("HTTP/1.1 200") && reason.endsWith("_SUCCESS")) return;
  if (error && isErrorCode(error.code)) throw new DomainError(error.code, error.text);
  const text = reason === "" ? `the pipeline answered ${said || status} without a reason` : reason;
  throw refusalOf(text);
}

/** Of an additive route that did not answer as it does when all is done. */
function refuse({ status, body }: PipelineAnswer): never {
  const problem = PipelineProblem.safeParse(parseJson(body.toString("utf8")));
  const text = problem.success ? problem.data.message : `the pipeline answered ${status}`;
  throw new DomainError("native.refused", text);
}

const isMissingStream = ({ status, body }: PipelineAnswer): boolean => {
  const problem = PipelineProblem.safeParse(parseJson(body.toString("utf8")));
  return status === 404 && problem.success && problem.data.code === "stream.not-found";
};

/** No tracker's file is the same as none named, which a host without that field takes as well. */
const wholeDetection = (current: PipelineDetection, change: Partial<PipelineDetection>): object => {
  const { trackerConfig, ...rest } = { ...current, ...change };
  return trackerConfig === "" ? rest : { ...rest, trackerConfig };
};

const controlsByKey = (controls: PipelineAbout["controls"]): DriverAbout["controls"] =>
  Object.fromEntries(
    settingKeys.flatMap((key) => {
      const control = controls.find(({ name }) => name === settingsTable[key].control);
      return control ? [[key, control.scope]] : [];
    }),
  );
