#pragma once

#include "gstreamer/access-unit.h"
#include "pipeline/settings.h"

#include <atomic>

namespace sightline {

// Says which encoded pictures of a camera shall be decoded. A picture is only left out when no
// decoded one refers to it, so what is shown is never damaged.
class FrameSkip {
 public:
  void set(SkippedFrames skipped) { skipped_ = skipped; }
  SkippedFrames skipped() const { return skipped_; }

  // The next picture is the first of another connection.
  void renew() { highestLayer_ = 0; }
  // For every picture in order.
  bool passes(const AccessUnit& unit);

 private:
  std::atomic<SkippedFrames> skipped_{SkippedFrames::none};
  // Pictures were left out that the next ones refer to. One streaming thread at a time uses these.
  std::atomic<bool> waitsForKey_{false};
  std::atomic<unsigned> highestLayer_{0};
};

} // namespace sightline
