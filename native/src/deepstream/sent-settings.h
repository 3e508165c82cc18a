#pragma once

#include "deepstream/capabilities.h"
#include "pipeline/control.h"

#include <cstdint>
#include <vector>

namespace sightline::deepstream {

// The settings that went to the elements of all streams as events, which have forgotten them when
// the pipeline starts again. Not for several threads at once.
class SentSettings {
 public:
  struct Sent {
    ControlTarget target;
    int sourceId = 0;
    StreamSetting setting;
    // As `attempt` has numbered it.
    std::uint64_t attempt = 0;
  };

  // Before anything is sent, at this monotonic time: the pipeline may fail of it before its arrival
  // is seen.
  std::uint64_t attempt(std::int64_t nowMs) {
    attemptedMs_ = nowMs;
    return ++attempts_;
  }
  // It has arrived. Instead of what was sent so before.
  void add(Sent sent);
  // This stream leaves.
  void forget(int sourceId);
  // What the elements hold of this kind; null when it was never sent, or not again.
  template <class Setting>
  const Setting* find() const {
    for (const Sent& sent : sent_) {
      if (const auto* setting = std::get_if<Setting>(&sent.setting)) {
        return setting;
      }
    }
    return nullptr;
  }
  // In their order, and without what was attempted last if the pipeline was started again soon
  // after it: that may be what it failed of, and would be again.
  const std::vector<Sent>& afterRestart(std::int64_t restartedMs);

 private:
  std::vector<Sent> sent_;
  std::uint64_t attempts_ = 0;
  std::int64_t attemptedMs_ = 0;
};

} // namespace sightline::deepstream
