#pragma once

#include "pipeline/stream-error.h"

#include <gst/gst.h>

namespace sightline::deepstream {

// What an error message from within a source says of it.
StreamError classify(GstMessage* message);

} // namespace sightline::deepstream
