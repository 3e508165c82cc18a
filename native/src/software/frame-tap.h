#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/limits.h"
#include "pipeline/sliding-rate.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace sightline {

struct FrameCounts {
  std::uint64_t frames = 0;
  std::int64_t lastFrameAtMs = 0;
  double fps = 0;
  double kbps = 0;
  // As decoded.
  int width = 0;
  int height = 0;
};

// Sits on the decoder of a stream across all its connections: measures, drops frames, keeps the
// newest picture and hands each shown one on. Called from streaming threads; never blocks them.
class FrameTap {
 public:
  // Puts a decoded picture out and returns it as it was put out; null when it could not be.
  using Show = std::function<SamplePointer(SamplePointer)>;
  explicit FrameTap(Show show) : show_(std::move(show)) {}

  void setDropInterval(unsigned interval) { dropInterval_ = interval; }
  unsigned dropInterval() const { return dropInterval_; }

  // Encoded bytes on their way into the decoder.
  void received(std::size_t bytes);
  // One that is left out on purpose: the camera lives, although nothing is decoded.
  void skipped();
  // A decoded frame, which will be kept for so long until it is its turn; true when it shall be
  // shown. DeepStream: every Nth frame passes, 0 and 1 all.
  bool decoded(std::chrono::milliseconds early);
  void shown(SamplePointer picture);

  // When a frame was decoded or left out, or will be shown; monotonic, 0 before the first one.
  std::int64_t lastSignMs() const { return lastSignMs_; }
  FrameCounts counts();
  // The newest shown frame and when it was shown, epoch ms; null before the first.
  SamplePointer newest(std::int64_t& atMs) const;

 private:
  void measure(GstSample* picture);

  const Show show_;
  std::atomic<unsigned> dropInterval_{0};
  std::atomic<std::int64_t> lastSignMs_{0};
  std::atomic<std::uint64_t> decodedFrames_{0};
  std::atomic<std::uint64_t> shownFrames_{0};
  SlidingRate frameRate_{limits::rateWindow};
  SlidingRate bitRate_{limits::rateWindow};

  mutable std::mutex mutex_;
  SamplePointer newest_;
  std::int64_t newestAtMs_ = 0;
  int width_ = 0;
  int height_ = 0;
};

} // namespace sightline
