#include "software/key-frame-plan.h"

#include "pipeline/limits.h"

namespace sightline {

void KeyFramePlan::setInterval(std::optional<unsigned> pictures) {
  const std::lock_guard lock(mutex_);
  interval_ = pictures;
}

std::optional<unsigned> KeyFramePlan::interval() const {
  const std::lock_guard lock(mutex_);
  return interval_;
}

void KeyFramePlan::ask() {
  const std::lock_guard lock(mutex_);
  asked_ = true;
}

bool KeyFramePlan::next(std::int64_t nowMs) {
  const std::lock_guard lock(mutex_);
  const bool key = asked_ || isDue(nowMs);
  asked_ = false;
  if (key) {
    sinceKey_ = 0;
    lastKeyMs_ = nowMs;
  }
  ++sinceKey_;
  return key;
}

bool KeyFramePlan::isDue(std::int64_t nowMs) const {
  if (interval_) {
    return *interval_ != 0 && sinceKey_ >= *interval_;
  }
  return nowMs - lastKeyMs_ >= limits::keyFrameInterval.count();
}

} // namespace sightline
