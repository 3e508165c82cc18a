#pragma once

#include "software/gst-pointer.h"

#include <string>

namespace sightline {

// The picture as a JPEG of its own size; empty when it cannot be converted. Takes some 10 ms.
std::string encodeJpeg(GstSample* picture);

} // namespace sightline
