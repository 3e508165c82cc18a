#pragma once

#include "vision/frame.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace sightline::vision {

// One place per stream, in which the newest picture replaces an older one, and the rule by which
// what is there becomes a batch: as nvstreammux does it. Pure: the time is told.
class BatchSlots {
 public:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    int stream = 0;
    Frame frame;
  };
  using Batch = std::vector<Entry>;

  // How long the first picture of a batch waits for the others; nothing: for ever.
  void setPushTimeout(std::optional<std::chrono::microseconds> timeout) { pushTimeout_ = timeout; }
  // How much longer for streams that are late.
  void setMaxLatency(std::chrono::nanoseconds latency) { maxLatency_ = latency; }

  std::optional<std::chrono::microseconds> pushTimeout() const { return pushTimeout_; }
  std::chrono::nanoseconds maxLatency() const { return maxLatency_; }

  // A batch waits for active streams only; one that stalled would cost every batch the timeout.
  void activate(int stream);
  void deactivate(int stream);
  // Returns the picture that it replaces, for the caller to release. Refuses one of a stream that
  // is not active.
  std::optional<Frame> put(int stream, Frame frame, Clock::time_point now);

  // When the pictures that are there become a batch though some are missing.
  std::optional<Clock::time_point> deadline() const;
  bool isReady(Clock::time_point now) const;
  Batch take();

 private:
  std::optional<std::chrono::microseconds> pushTimeout_;
  std::chrono::nanoseconds maxLatency_{0};
  std::map<int, std::optional<Frame>> slots_;
  std::size_t filled_ = 0;
  Clock::time_point firstAt_;
};

} // namespace sightline::vision
