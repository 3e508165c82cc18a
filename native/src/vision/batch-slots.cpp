#include "vision/batch-slots.h"

namespace sightline::vision {

void BatchSlots::activate(int stream) {
  slots_.try_emplace(stream);
}

void BatchSlots::deactivate(int stream) {
  const auto found = slots_.find(stream);
  if (found != slots_.end()) {
    filled_ -= found->second ? 1 : 0;
    slots_.erase(found);
  }
}

std::optional<Frame> BatchSlots::put(int stream, Frame frame, Clock::time_point now) {
  const auto found = slots_.find(stream);
  if (found == slots_.end()) {
    return frame;
  }
  std::optional<Frame> replaced = std::move(found->second);
  if (filled_ == 0) {
    firstAt_ = now;
  }
  filled_ += replaced ? 0 : 1;
  found->second = std::move(frame);
  return replaced;
}

std::optional<BatchSlots::Clock::time_point> BatchSlots::deadline() const {
  if (filled_ == 0 || !pushTimeout_) {
    return std::nullopt;
  }
  // Either may be 2^31 µs and more; the clock's own range is far beyond their sum.
  return firstAt_ + std::chrono::duration_cast<Clock::duration>(*pushTimeout_ + maxLatency_);
}

bool BatchSlots::isReady(Clock::time_point now) const {
  const auto latest = deadline();
  return filled_ > 0 && (filled_ == slots_.size() || (latest && now >= *latest));
}

BatchSlots::Batch BatchSlots::take() {
  Batch batch;
  for (auto& [stream, frame] : slots_) {
    if (frame) {
      batch.push_back({stream, std::move(*frame)});
      frame.reset();
    }
  }
  filled_ = 0;
  return batch;
}

} // namespace sightline::vision
