#pragma once

#include <chrono>

namespace sightline {

// Delays between connection attempts: doubling from the first step to the cap, with jitter so that
// the streams of one lost switch do not come back in step.
class BackOff {
 public:
  // `jitter` is 0..1, uniformly distributed.
  std::chrono::milliseconds next(double jitter);
  // For failures that only a person can end: wrong codec, wrong password, forbidden address.
  std::chrono::milliseconds nextSlow(double jitter);
  void reset() { step_ = 0; }

 private:
  unsigned step_ = 0;
};

} // namespace sightline
