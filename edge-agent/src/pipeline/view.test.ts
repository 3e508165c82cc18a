import { describe, expect, it } from "vitest";
import { effectiveSettings } from "@sightline/contracts/settings";
import { appliedDefaults, pipelineStream } from "../../../test/support/pipeline-stream.ts";
import type { ListedStream, PipelineListing } from "./driver.ts";
import { PipelineView } from "./view.ts";

const list = (...streams: readonly ListedStream[]): PipelineListing => ({ streams, shared: {} });
const camera = { localName: "door", url: "rtsp://10.0.0.5/1" };

const added = (): PipelineView => {
  const view = new PipelineView();
  view.changing("str_1", camera);
  view.changed("str_1", camera, true);
  view.take(list(pipelineStream("door")), view.begin());
  return view;
};

describe("view of the pipeline", () => {
  it("holds a stream that was added and shown", () => {
    const { holdings, unmanaged } = added().observed();
    const { settings, ...held } = holdings.get("str_1") ?? {};
    expect(held).toEqual({ ...camera, source: camera.url, settled: undefined });
    // A host without detectors shows nothing of them.
    expect(effectiveSettings({})).toMatchObject(settings ?? {});
    expect(Object.keys(settings ?? {})).not.toContain("detector.rois");
    expect([...unmanaged]).toEqual([]);
  });
  it("lets go of a stream that the pipeline does not show any more", () => {
    const view = added();
    view.take(list(), view.begin());
    expect(view.holds("str_1")).toBe(false);
  });
  it("does not believe a list from before the change ended", () => {
    const view = new PipelineView();
    const before = view.begin();
    view.changing("str_1", camera);
    const during = view.begin();
    view.take(list(), before);
    view.take(list(), during);
    expect(view.holds("str_1")).toBe(true);
    view.changed("str_1", camera, true);
    view.take(list(), during);
    expect(view.holds("str_1")).toBe(true);
    view.take(list(), view.begin());
    expect(view.holds("str_1")).toBe(false);
  });
  it("does not take a stream for a stranger because the list was asked for before it was removed", () => {
    const view = added();
    const before = view.begin();
    view.changing("str_1", camera);
    view.changed("str_1", camera, false);
    view.take(list(pipelineStream("door")), before);
    expect([...view.observed().unmanaged.keys()]).toEqual([]);
    view.take(list(pipelineStream("door")), view.begin());
    expect([...view.observed().unmanaged.keys()]).toEqual(["door"]);
  });
  it("keeps a stream whose add was not answered until a list tells", () => {
    const view = new PipelineView();
    view.changing("str_1", camera);
    view.changed("str_1", camera, true);
    expect(view.observed().holdings.get("str_1")?.settings).toBeUndefined();
    view.take(
      list(
        pipelineStream("door", {
          applied: { ...appliedDefaults, dropFrameInterval: 4, codec: "mpeg4" },
        }),
      ),
      view.begin(),
    );
    expect(view.observed().holdings.get("str_1")?.settings).toMatchObject({
      "decoder.dropFrameInterval": 4,
      "encoder.codec": "mpeg4",
    });
  });

  it("tells what somebody else has put in, without the userinfo of its URL", () => {
    const view = new PipelineView();
    const url = "rtsp://u:p@10.0.0.5/1?a=b@c";
    view.take(list(pipelineStream("door", { url, hasCredentials: true })), view.begin());
    expect([...view.observed().unmanaged]).toEqual([
      ["door", { url: "rtsp://10.0.0.5/1?a=b@c", hasCredentials: true }],
    ]);
  });
  it("remembers what was sent where the pipeline does not show it", () => {
    const view = added();
    view.sent("str_1", { key: "decoder.dropFrameInterval", value: 3 });
    view.sent("str_1", { key: "detector.interval", value: 2 });
    view.take(list(pipelineStream("door")), view.begin());
    expect(view.holding("str_1")?.settings).toMatchObject({
      "decoder.dropFrameInterval": 0,
      "detector.interval": 2,
    });
  });
  it("does not believe a list from before a setting was carried out", () => {
    const view = added();
    const before = view.begin();
    view.sent("str_1", { key: "decoder.dropFrameInterval", value: 3 });
    const change = { applied: { ...appliedDefaults, dropFrameInterval: 3 } };
    view.take(list(pipelineStream("door", change)), view.begin());
    view.take(list(pipelineStream("door")), before);
    expect(view.holding("str_1")?.settings?.["decoder.dropFrameInterval"]).toBe(3);
  });
  it("forgets what was carried out when the stream is added again", () => {
    const view = added();
    view.settle("str_1", { revision: 1, settings: effectiveSettings({}) });
    expect(view.holding("str_1")?.settled?.revision).toBe(1);
    view.changing("str_1", camera);
    view.changed("str_1", camera, true);
    expect(view.holding("str_1")?.settled).toBeUndefined();
  });
  it("takes a stream that counts its frames anew for somebody else's", () => {
    const view = added();
    view.take(list(pipelineStream("door", { frames: 0 })), view.begin());
    expect(view.holds("str_1")).toBe(false);
    expect([...view.observed().unmanaged.keys()]).toEqual(["door"]);
  });
  it("takes a stream that came back under another number for somebody else's, counted or not", () => {
    const shown = { state: "unknown", applied: undefined } as const;
    const view = added();
    view.take(list({ ...pipelineStream("door"), ...shown, frames: 9 }), view.begin());
    view.take(list({ ...pipelineStream("door"), ...shown, frames: 0 }), view.begin());
    expect(view.holds("str_1")).toBe(true);
    view.take(list({ ...pipelineStream("door"), ...shown, source_id: 1 }), view.begin());
    expect(view.holds("str_1")).toBe(false);
  });
  it("takes over what is there, as it is there", () => {
    const view = new PipelineView();
    view.take(list(pipelineStream("door")), view.begin());
    view.adopt("str_1", { ...camera, source: "rtspt://10.0.0.5/1" });
    expect(view.holding("str_1")).toMatchObject({ ...camera, source: "rtspt://10.0.0.5/1" });
    expect(view.owns("door")).toBe(true);
    expect([...view.observed().unmanaged]).toEqual([]);
  });
});
