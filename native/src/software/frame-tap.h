#pragma once

#include "pipeline/limits.h"
#include "pipeline/sliding-rate.h"
#include "software/gst-pointer.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

namespace sightline {

struct FrameCounts {
  std::uint64_t frames = 0;
  std::int64_t lastFrameAtMs = 0;
  double fps = 0;
  double kbps = 0;
  int width = 0;
  int height = 0;
};

// Sits on the decoder of a stream across all its connections: measures, drops frames, keeps the
// newest picture and hands each shown one on. Called from streaming threads; never blocks them.
class FrameTap {
 public:
  using Show = std::function<void(GstSample*)>;
  explicit FrameTap(Show show) : show_(std::move(show)) {}

  void setDropInterval(unsigned interval) { dropInterval_ = interval; }
  unsigned dropInterval() const { return dropInterval_; }

  // Encoded bytes on their way into the decoder.
  void received(std::size_t bytes);
  // A decoded frame; true when it shall be shown. DeepStream: every Nth frame passes, 0 and 1 all.
  bool decoded();
  void shown(GstSample* sample);

  // Monotonic; 0 before the first frame.
  std::int64_t lastDecodedMs() const { return lastDecodedMs_; }
  FrameCounts counts();
  // The newest shown frame and when it was shown, epoch ms; null before the first.
  SamplePointer newest(std::int64_t& atMs) const;

 private:
  void measure(GstSample* sample);

  const Show show_;
  std::atomic<unsigned> dropInterval_{0};
  std::atomic<std::int64_t> lastDecodedMs_{0};
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
