#pragma once

#include "deepstream/capabilities.h"
#include "gstreamer/gst-pointer.h"

#include <map>
#include <mutex>
#include <string>

namespace sightline::deepstream {

// What was set on one stream's own elements. It holds over reconnects, which bring new elements.
class SourceControls {
 public:
  // False when the element that is there refuses; then nothing has changed.
  bool set(const ControlTarget& target, const PropertyValue& value);

  // An element that comes gets all that was set before. Any thread.
  void enter(Part part, GstElement* element);
  void leave(Part part, GstElement* element);
  void leaveAll();

 private:
  struct Chosen {
    ControlTarget target;
    PropertyValue value;
  };

  std::mutex mutex_;
  std::map<Part, GObjectPointer<GstElement>> elements_;
  std::map<std::string, Chosen> chosen_;
};

} // namespace sightline::deepstream
