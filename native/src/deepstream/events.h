// The events by which DeepStream's REST server reaches the elements that own a setting. Their
// names, numbers and fields are DeepStream's. [gst-nvdscustomevent.h, gst-nvcustomevent.h]
#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/control.h"

#include <string>

namespace sightline::deepstream {

// Null when no event carries this setting.
EventPointer eventFor(int sourceId, const StreamSetting& setting);
EventPointer eventFor(int sourceId, KeyFrame kind);
EventPointer analyticsReloadEvent(const std::string& configPath);

} // namespace sightline::deepstream
