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
    // Monotonic.
    std::int64_t atMs = 0;
  };

  // Instead of what was sent so before.
  void add(Sent sent);
  // This stream leaves.
  void forget(int sourceId);
  // In their order, and without the last one if the pipeline was started again soon after it: that
  // may be what it failed of, and would be again.
  const std::vector<Sent>& afterRestart(std::int64_t restartedMs);

 private:
  std::vector<Sent> sent_;
};

} // namespace sightline::deepstream
