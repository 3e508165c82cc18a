#pragma once

#include "pipeline/control.h"
#include "pipeline/limits.h"
#include "pipeline/sliding-rate.h"

#include <atomic>
#include <chrono>
#include <cstdint>

namespace sightline::deepstream {

// Counts what one stream hands to the batch, over all its connections. Called from streaming
// threads.
class FrameMeter {
 public:
  // Encoded bytes on their way into the decoder.
  void received(std::size_t bytes);
  // A picture that will be kept for so long until it is its turn.
  void decoded(std::chrono::milliseconds early);
  void sized(int width, int height);

  // When the newest picture came, or will have its turn; monotonic, 0 before the first one.
  std::int64_t lastFrameMs() const { return lastFrameMs_; }
  // Frames, times, rates and size.
  void fill(StreamStatus& status);

 private:
  std::atomic<std::uint64_t> frames_{0};
  std::atomic<std::int64_t> lastFrameMs_{0};
  std::atomic<std::int64_t> lastFrameAtMs_{0};
  std::atomic<int> width_{0};
  std::atomic<int> height_{0};
  SlidingRate frameRate_{limits::rateWindow};
  SlidingRate bitRate_{limits::rateWindow};
};

} // namespace sightline::deepstream
