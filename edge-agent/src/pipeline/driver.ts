/**
 * What the agent asks of a pipeline, whichever server it is: our host (`client.ts`), or NVIDIA's own (`stock/`), which tells less.
 * What a server cannot tell is `unknown` or absent here, never a guess.
 */
import type { PipelineApplied, PipelineStream } from "@sightline/contracts/pipeline-api";
import type {
  Setting,
  SettingKey,
  SettingScope,
  SettingValue,
} from "@sightline/contracts/settings";
import type { PipelineAnswer } from "./request.ts";

/** A camera as DeepStream identifies it: a removal must name the very URL that was added. */
export interface CameraRef {
  readonly localName: string;
  readonly url: string;
}

/** A stream as the pipeline knows it: DeepStream's routes want the number, ours the name. */
export interface StreamRef {
  readonly localName: string;
  /** Undefined where the server does not tell it. */
  readonly sourceId: number | undefined;
}

export const streamRef = ({ camera_id, source_id }: ListedStream): StreamRef => ({
  localName: camera_id,
  sourceId: source_id,
});

/** A stream in the pipeline's list. */
export interface ListedStream extends Omit<PipelineStream, "applied" | "state" | "source_id"> {
  readonly source_id: number | undefined;
  /** `unknown` where the server does not tell. */
  readonly state: PipelineStream["state"] | "unknown";
  /** Undefined where settings cannot be read back. */
  readonly applied: PipelineApplied | undefined;
}

export interface PipelineListing {
  readonly streams: readonly ListedStream[];
  /** Settings that hold for all streams, as far as the server tells. */
  readonly shared: Partial<Record<SettingKey, SettingValue>>;
}

export interface DriverAbout {
  readonly version: string;
  /** `software`, `deepstream`, or `stock` for a server that is not ours. */
  readonly backend: string;
  /** DeepStream's release where it is not our host: `7.1`, `8.0`, `9.1`; else empty. */
  readonly release: string;
  /** What can be set, and whether for one stream or only for all. */
  readonly controls: Readonly<Partial<Record<SettingKey, SettingScope>>>;
}

/** Every method throws DomainError pipeline.unavailable when the server does not answer, native.refused when it refuses. */
export interface PipelineDriver {
  /** @throws DomainError stream.local-name-conflict | device.stream-limit | stream.source-forbidden | stream.source-invalid */
  add(camera: CameraRef, requestId: string): Promise<void>;
  /** Done also when it is not there any more. */
  remove(camera: CameraRef, requestId: string): Promise<void>;
  /** A stream that somebody else has put in. @throws DomainError command.unsupported where its URL would have to be known */
  removeUnmanaged(localName: string, requestId: string): Promise<void>;
  /** @throws DomainError command.unsupported where the server has no such setting, or its stream's number is unknown */
  set(stream: StreamRef, setting: Setting, requestId: string): Promise<void>;
  /** Of a setting that holds for all streams. @throws DomainError as `set` */
  setShared(setting: Setting, requestId: string): Promise<void>;
  forceIdr(stream: StreamRef, requestId: string): Promise<void>;
  forceIntra(stream: StreamRef, requestId: string): Promise<void>;
  reloadAnalytics(configPath: string, requestId: string): Promise<void>;
  list(): Promise<PipelineListing>;
  about(): Promise<DriverAbout>;
  /** The newest frame as JPEG. The caller judges the status. @throws DomainError command.unsupported */
  snapshot(localName: string, requestId: string): Promise<PipelineAnswer>;
}
