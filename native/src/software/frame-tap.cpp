#include "software/frame-tap.h"

#include "pipeline/clock.h"

namespace sightline {

void FrameTap::received(std::size_t bytes) {
  bitRate_.add(monotonicMs(), bytes * 8);
}

void FrameTap::skipped() {
  lastSignMs_ = monotonicMs();
}

bool FrameTap::decoded(std::chrono::milliseconds early) {
  lastSignMs_ = monotonicMs() + early.count();
  const unsigned interval = dropInterval_;
  return decodedFrames_++ % (interval == 0 ? 1 : interval) == 0;
}

void FrameTap::shown(SamplePointer picture) {
  ++shownFrames_;
  frameRate_.add(monotonicMs(), 1);
  measure(picture.get());
  SamplePointer put = show_(std::move(picture));
  if (!put) {
    return;
  }
  const std::lock_guard lock(mutex_);
  newest_.swap(put);
  newestAtMs_ = epochMs();
}

void FrameTap::measure(GstSample* picture) {
  int width = 0;
  int height = 0;
  const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(picture), 0);
  gst_structure_get_int(caps, "width", &width);
  gst_structure_get_int(caps, "height", &height);
  const std::lock_guard lock(mutex_);
  width_ = width;
  height_ = height;
}

FrameCounts FrameTap::counts() {
  const std::int64_t nowMs = monotonicMs();
  FrameCounts counts;
  counts.frames = shownFrames_;
  counts.fps = frameRate_.perSecond(nowMs);
  counts.kbps = bitRate_.perSecond(nowMs) / 1000.0;
  const std::lock_guard lock(mutex_);
  counts.lastFrameAtMs = newestAtMs_;
  counts.width = width_;
  counts.height = height_;
  return counts;
}

SamplePointer FrameTap::newest(std::int64_t& atMs) const {
  const std::lock_guard lock(mutex_);
  atMs = newestAtMs_;
  return SamplePointer(newest_ ? gst_sample_ref(newest_.get()) : nullptr);
}

} // namespace sightline
