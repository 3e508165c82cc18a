#include "pipeline/event-log.h"

#include "pipeline/clock.h"

namespace sightline {

void EventLog::append(Event event) {
  const std::lock_guard lock(mutex_);
  event.seq = ++lastSeq_;
  event.atMs = epochMs();
  events_.push_back(std::move(event));
  if (events_.size() > held_) {
    events_.pop_front();
  }
  changed_.notify_all();
}

std::vector<Event> EventLog::after(std::int64_t seq, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  // A reader that was ahead of us speaks of an earlier boot.
  const bool otherBoot = seq > lastSeq_;
  if (!otherBoot) {
    changed_.wait_for(lock, patience, [&] { return closed_ || lastSeq_ > seq; });
  }
  std::vector<Event> result;
  const std::int64_t oldest = lastSeq_ - static_cast<std::int64_t>(events_.size()) + 1;
  if (otherBoot || seq < oldest - 1) {
    Event lost;
    lost.seq = oldest - 1;
    lost.atMs = epochMs();
    lost.kind = "lost";
    result.push_back(std::move(lost));
    seq = oldest - 1;
  }
  for (const Event& event : events_) {
    if (event.seq > seq) {
      result.push_back(event);
    }
  }
  return result;
}

void EventLog::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool EventLog::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

} // namespace sightline
