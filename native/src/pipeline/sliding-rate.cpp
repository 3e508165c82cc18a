#include "pipeline/sliding-rate.h"

namespace sightline {

void SlidingRate::add(std::int64_t nowMs, std::uint64_t amount) {
  const std::lock_guard lock(mutex_);
  arrivals_.emplace_back(nowMs, amount);
  sum_ += amount;
  forget(nowMs);
}

double SlidingRate::perSecond(std::int64_t nowMs) {
  const std::lock_guard lock(mutex_);
  forget(nowMs);
  return static_cast<double>(sum_) * 1000.0 / static_cast<double>(windowMs_);
}

void SlidingRate::forget(std::int64_t nowMs) {
  while (!arrivals_.empty() && arrivals_.front().first <= nowMs - windowMs_) {
    sum_ -= arrivals_.front().second;
    arrivals_.pop_front();
  }
}

} // namespace sightline
