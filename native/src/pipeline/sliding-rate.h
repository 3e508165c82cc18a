#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <mutex>
#include <utility>

namespace sightline {

// Amount per second over a sliding window of real arrivals; falls to 0 when they stop.
class SlidingRate {
 public:
  explicit SlidingRate(std::chrono::milliseconds window) : windowMs_(window.count()) {}
  void add(std::int64_t nowMs, std::uint64_t amount);
  double perSecond(std::int64_t nowMs);

 private:
  void forget(std::int64_t nowMs);

  const std::int64_t windowMs_;
  std::mutex mutex_;
  std::deque<std::pair<std::int64_t, std::uint64_t>> arrivals_;
  std::uint64_t sum_ = 0;
};

} // namespace sightline
