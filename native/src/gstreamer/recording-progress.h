#pragma once

#include "pipeline/event-log.h"

#include <gst/gst.h>

#include <chrono>
#include <optional>

namespace sightline {

// How far the recording has been played whose pictures come into this pad; nothing when what feeds
// it does not know yet.
std::optional<Progress> progressOf(GstPad* sink);

// How long a picture on its way through this pad will be kept until it is its turn; 0 when it is
// late, or has no time.
std::chrono::milliseconds earliness(GstPad* pad, GstBuffer* picture);

} // namespace sightline
