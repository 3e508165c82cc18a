#pragma once

#include "pipeline/event-log.h"

#include <gst/gst.h>

#include <optional>

namespace sightline {

// How far the recording has been played whose pictures come into this pad; nothing when what feeds
// it does not know yet.
std::optional<Progress> progressOf(GstPad* sink);

} // namespace sightline
