#pragma once

#include <gst/video/video.h>

namespace sightline {

// DeepStream's flip-method 0 - 7; larger ones do not come here.
bool swapsSides(unsigned method);

// Flips an I420 picture into another one, with its upper left corner at an even place. The target
// must have room for it.
void flip(unsigned method, const GstVideoFrame& from, GstVideoFrame& to, int left, int top);

} // namespace sightline
