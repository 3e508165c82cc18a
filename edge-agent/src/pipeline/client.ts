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
  type PipelineStream,
} from "@sightline/contracts/pipeline-api";
import type { EffectiveSettings, Setting, SettingKey } from "@sightline/contracts/settings";
import { parseJson } from "../shadow/exchange.ts";
import { requestPipeline, type PipelineAnswer } from "./request.ts";

export interface PipelineAddress {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly token: string;
}

/** A camera as DeepStream identifies it: a removal must name the very URL that was added. */
export interface CameraRef {
  readonly localName: string;
  readonly url: string;
}

/** A stream as the pipeline knows it: DeepStream's routes want the number, ours the name. */
export interface StreamRef {
  readonly localName: string;
  readonly sourceId: number;
}

interface Write {
  readonly method: "POST" | "PUT";
  readonly path: string;
  readonly body: object;
}

const onDeepstream =
  (path: string, field: string) =>
  ({ sourceId }: StreamRef, value: number): Write => ({
    method: "POST",
    path,
    body: { stream: { stream_id: String(sourceId), [field]: value } },
  });

/** [DeepStream 7.1, "DeepStream With REST API Server"] for what it knows. */
const settingRequests: {
  readonly [K in SettingKey]: (stream: StreamRef, value: EffectiveSettings[K]) => Write;
} = {
  "decoder.dropFrameInterval": onDeepstream(
    deepstreamPaths.dropFrameInterval,
    "drop_frame_interval",
  ),
  "encoder.codec": ({ localName }, codec) => ({
    method: "PUT",
    path: sightlinePaths.output(localName),
    body: { codec },
  }),
};

const writeTimeoutMs = 5_000;
/** A pipeline that needs longer for its list is taken for dead. */
const readTimeoutMs = 3_000;

export class PipelineClient {
  readonly #address: PipelineAddress;

  constructor(address: PipelineAddress) {
    this.#address = address;
  }

  get address(): PipelineAddress {
    return this.#address;
  }

  /** @throws DomainError stream.local-name-conflict | device.stream-limit | stream.source-forbidden | stream.source-invalid | native.refused | pipeline.unavailable */
  add(camera: CameraRef, requestId: string): Promise<void> {
    return this.#write(deepstreamPaths.streamAdd, sensor(camera, "camera_add"), requestId);
  }

  /** @throws DomainError native.refused | pipeline.unavailable */
  remove(camera: CameraRef, requestId: string): Promise<void> {
    return this.#write(deepstreamPaths.streamRemove, sensor(camera, "camera_remove"), requestId);
  }

  /** @throws DomainError native.refused | pipeline.unavailable */
  async set(stream: StreamRef, { key, value }: Setting, requestId: string): Promise<void> {
    const write = settingRequests[key] as (stream: StreamRef, value: unknown) => Write;
    const request = write(stream, value);
    const answer = await this.#send(request, requestId);
    // DeepStream's routes have its envelope, ours have not.
    (request.method === "POST" ? assertSuccess : assertDone)(answer);
  }

  /** @throws DomainError native.refused | pipeline.unavailable */
  forceIdr(sourceId: number, requestId: string): Promise<void> {
    const stream = { stream_id: String(sourceId), force_idr: 1 };
    return this.#write(deepstreamPaths.forceIdr, { stream }, requestId);
  }

  /** @throws DomainError pipeline.unavailable */
  async streams(): Promise<readonly PipelineStream[]> {
    const answer = await this.#read(sightlinePaths.streams);
    const parsed = PipelineStreams.safeParse(parseJson(answer.body.toString("utf8")));
    if (answer.status === 200 && parsed.success) return parsed.data.streams;
    throw new DomainError(
      "pipeline.unavailable",
      `the pipeline's list is not one (${answer.status})`,
    );
  }

  /** @throws DomainError pipeline.unavailable */
  async about(): Promise<PipelineAbout> {
    const answer = await this.#read(sightlinePaths.about);
    const parsed = PipelineAbout.safeParse(parseJson(answer.body.toString("utf8")));
    if (answer.status === 200 && parsed.success) return parsed.data;
    throw new DomainError(
      "pipeline.unavailable",
      `the pipeline does not say what it is (${answer.status})`,
    );
  }

  /** The newest frame as JPEG. The caller judges the status. @throws DomainError pipeline.unavailable */
  snapshot(localName: string, requestId: string): Promise<PipelineAnswer> {
    return this.#read(sightlinePaths.snapshot(localName), requestId);
  }

  #read(path: string, requestId?: string): Promise<PipelineAnswer> {
    return requestPipeline({
      method: "GET",
      url: `${this.#address.url}${path}`,
      headers: {
        Authorization: `Bearer ${this.#address.token}`,
        ...(requestId === undefined ? {} : { "X-Request-Id": headerText(requestId) }),
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
        "Content-Type": "application/json",
        "X-Request-Id": headerText(requestId),
      },
      body: JSON.stringify(body),
      timeoutMs: writeTimeoutMs,
    });
  }
}

/** A request's id comes with the desired state: one that no header can hold must not keep the change from being carried out. */
const headerText = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 64);

const sensor = ({ localName, url }: CameraRef, change: string): object => ({
  key: "sensor",
  value: { camera_id: localName, camera_name: localName, camera_url: url, change },
});

const noAnswer: DeepstreamAnswer = { reason: "", status: "" };

function assertSuccess({ status, body }: PipelineAnswer): void {
  const parsed = DeepstreamAnswer.safeParse(parseJson(body.toString("utf8")));
  const { reason, status: said, error } = parsed.success ? parsed.data : noAnswer;
  if (status === 200 && said.startsWith("HTTP/1.1 200") && reason.endsWith("_SUCCESS")) return;
  if (error && isErrorCode(error.code)) throw new DomainError(error.code, error.text);
  const text = reason === "" ? `the pipeline answered ${said || status} without a reason` : reason;
  if (reason.includes("Duplicate Camera id"))
    throw new DomainError("stream.local-name-conflict", text);
  // DeepStream's own spelling is "exceded".
  if (/exce+ded max-batch-size/.test(reason)) throw new DomainError("device.stream-limit", text);
  throw new DomainError("native.refused", text);
}

/** Of an additive route. */
function assertDone({ status, body }: PipelineAnswer): void {
  if (status === 200) return;
  const problem = PipelineProblem.safeParse(parseJson(body.toString("utf8")));
  const text = problem.success ? problem.data.message : `the pipeline answered ${status}`;
  throw new DomainError("native.refused", text);
}
