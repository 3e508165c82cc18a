import { describe, expect, it } from "vitest";
import { effectiveSettings } from "@sightline/contracts/settings";
import type { PipelineApplied, PipelineStream } from "@sightline/contracts/pipeline-api";
import { PipelineView } from "./view.ts";

const applied: PipelineApplied = {
  dropFrameInterval: 0,
  skipFrames: 0,
  lowLatencyMode: false,
  codec: "h264",
  bitrate: 2_000_000,
  iframeInterval: null,
  srcCrop: "0:0:0:0",
  destCrop: "0:0:0:0",
  flipMethod: 0,
  interpolationMethod: 6,
};
const entry = (camera_id: string, change: Partial<PipelineStream> = {}): PipelineStream => ({
  camera_id,
  camera_name: camera_id,
  source_id: 0,
  state: "running",
  sinceAtMs: 1,
  frames: 1,
  lastFrameAtMs: 1,
  fps: 25,
  kbps: 1000,
  width: 640,
  height: 360,
  restarts: 0,
  applied,
  output: { rtspUrl: "rtsp://127.0.0.1/x", clients: 0, bytesOut: 0, idrFrames: 1 },
  ...change,
});
const camera = { localName: "door", url: "rtsp://10.0.0.5/1" };

const added = (): PipelineView => {
  const view = new PipelineView();
  view.changing("str_1", camera);
  view.changed("str_1", camera, true);
  view.take([entry("door")], view.begin());
  return view;
};

describe("view of the pipeline", () => {
  it("holds a stream that was added and shown", () => {
    const { holdings, unmanaged } = added().observed();
    expect(holdings.get("str_1")).toEqual({
      ...camera,
      settings: effectiveSettings({}),
    });
    expect([...unmanaged]).toEqual([]);
  });
  it("lets go of a stream that the pipeline does not show any more", () => {
    const view = added();
    view.take([], view.begin());
    expect(view.holds("str_1")).toBe(false);
  });
  it("does not believe a list from before the change ended", () => {
    const view = new PipelineView();
    const before = view.begin();
    view.changing("str_1", camera);
    const during = view.begin();
    view.take([], before);
    view.take([], during);
    expect(view.holds("str_1")).toBe(true);
    view.changed("str_1", camera, true);
    view.take([], during);
    expect(view.holds("str_1")).toBe(true);
    view.take([], view.begin());
    expect(view.holds("str_1")).toBe(false);
  });
  it("does not take a stream for a stranger because the list was asked for before it was removed", () => {
    const view = added();
    const before = view.begin();
    view.changing("str_1", camera);
    view.changed("str_1", camera, false);
    view.take([entry("door")], before);
    expect([...view.observed().unmanaged]).toEqual([]);
    view.take([entry("door")], view.begin());
    expect([...view.observed().unmanaged]).toEqual(["door"]);
  });
  it("keeps a stream whose add was not answered until a list tells", () => {
    const view = new PipelineView();
    view.changing("str_1", camera);
    view.changed("str_1", camera, true);
    expect(view.observed().holdings.get("str_1")?.settings).toBeUndefined();
    view.take(
      [entry("door", { applied: { ...applied, dropFrameInterval: 4, codec: "mpeg4" } })],
      view.begin(),
    );
    expect(view.observed().holdings.get("str_1")?.settings).toEqual({
      "decoder.dropFrameInterval": 4,
      "encoder.codec": "mpeg4",
    });
  });
});
