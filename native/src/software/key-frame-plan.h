#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

namespace sightline {

// Decides which pictures become key frames, because no encoder takes a new interval while it runs.
class KeyFramePlan {
 public:
  // Pictures from one key frame to the next, also for the group that is under way; 0: only those
  // asked for; nothing, as long as it is not set: by time.
  void setInterval(std::optional<unsigned> pictures);
  std::optional<unsigned> interval() const;
  // The next picture.
  void ask();

  // For every picture on its way into the encoder; true when it shall be a key frame.
  bool next(std::int64_t nowMs);

 private:
  bool isDue(std::int64_t nowMs) const;

  mutable std::mutex mutex_;
  std::optional<unsigned> interval_;
  bool asked_ = false;
  std::uint64_t sinceKey_ = 0;
  std::int64_t lastKeyMs_ = 0;
};

} // namespace sightline
