#include "pipeline/back-off.h"

#include "pipeline/limits.h"

#include <algorithm>

namespace sightline {

namespace {

constexpr unsigned stepMax = 10;

std::chrono::milliseconds jittered(std::chrono::milliseconds delay, double jitter) {
  // 75 % to 100 %, so that the cap stays the cap.
  return std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.75 + jitter * 0.25)));
}

} // namespace

std::chrono::milliseconds BackOff::next(double jitter) {
  const auto delay = std::min(limits::backOffFirst * (1 << step_), limits::backOffMax);
  step_ = std::min(step_ + 1, stepMax);
  return jittered(delay, jitter);
}

std::chrono::milliseconds BackOff::nextSlow(double jitter) {
  return jittered(limits::backOffMax, jitter);
}

} // namespace sightline
