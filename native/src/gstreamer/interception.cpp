#include "gstreamer/interception.h"

#include "pipeline/limits.h"

#include <cstring>
#include <utility>

namespace sightline {

namespace {

bool haveSameName(const GstStructure& one, const GstStructure& other) {
  return std::strcmp(gst_structure_get_name(&one), gst_structure_get_name(&other)) == 0;
}

} // namespace

bool Interception::send(std::shared_ptr<const GstStructure> event, bool isHeld) {
  const std::lock_guard lock(mutex_);
  if (isHeld) {
    std::erase_if(entries_, [&](const Entry& entry) {
      return entry.isHeld && haveSameName(*entry.event, *event);
    });
  }
  if (entries_.size() >= limits::customEventsMax) {
    return false;
  }
  entries_.push_back({std::move(event), isHeld});
  return true;
}

void Interception::renew() {
  const std::lock_guard lock(mutex_);
  for (Entry& entry : entries_) {
    entry.isWaiting = true;
  }
}

std::vector<std::shared_ptr<const GstStructure>> Interception::takeWaiting() {
  const std::lock_guard lock(mutex_);
  std::vector<std::shared_ptr<const GstStructure>> waiting;
  for (Entry& entry : entries_) {
    if (std::exchange(entry.isWaiting, false)) {
      waiting.push_back(entry.event);
    }
  }
  std::erase_if(entries_, [](const Entry& entry) { return !entry.isHeld; });
  return waiting;
}

void Interception::pushInto(GstPad* pad) {
  // The lock is not held while elements work.
  for (const auto& event : takeWaiting()) {
    gst_pad_push_event(
        pad, gst_event_new_custom(GST_EVENT_CUSTOM_DOWNSTREAM, gst_structure_copy(event.get())));
  }
}

} // namespace sightline
