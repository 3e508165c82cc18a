#include "deepstream/source-controls.h"

#include "pipeline/log.h"

namespace sightline::deepstream {

bool SourceControls::set(const ControlTarget& target, const PropertyValue& value) {
  const std::lock_guard lock(mutex_);
  const auto element = elements_.find(target.part);
  if (element != elements_.end() &&
      !setProperty(element->second.get(), target.property.c_str(), value)) {
    return false;
  }
  chosen_[target.entry.name] = {target, value};
  return true;
}

void SourceControls::enter(Part part, GstElement* element) {
  const std::lock_guard lock(mutex_);
  elements_[part].reset(GST_ELEMENT(gst_object_ref(element)));
  for (const auto& [name, chosen] : chosen_) {
    if (chosen.target.part == part &&
        !setProperty(element, chosen.target.property.c_str(), chosen.value)) {
      logWarn("deepstream", "a new element refuses " + name + " as it was set");
    }
  }
}

void SourceControls::leave(Part part, GstElement* element) {
  const std::lock_guard lock(mutex_);
  const auto place = elements_.find(part);
  if (place != elements_.end() && place->second.get() == element) {
    elements_.erase(place);
  }
}

void SourceControls::leaveAll() {
  const std::lock_guard lock(mutex_);
  elements_.clear();
}

} // namespace sightline::deepstream
