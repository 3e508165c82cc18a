#include "software/frame-skip.h"

#include <algorithm>

namespace sightline {

bool FrameSkip::passes(const AccessUnit& unit) {
  const SkippedFrames skipped = skipped_;
  highestLayer_ = std::max(highestLayer_.load(), unit.temporalLayer);
  if (unit.key) {
    waitsForKey_ = false;
    return true;
  }
  if (skipped == SkippedFrames::nonKey) {
    waitsForKey_ = true;
  }
  if (waitsForKey_) {
    return false;
  }
  // A picture of a lower layer may still be referred to by those of a higher one.
  const bool droppable = !unit.reference && unit.temporalLayer == highestLayer_;
  return skipped != SkippedFrames::nonReference || !droppable;
}

} // namespace sightline
