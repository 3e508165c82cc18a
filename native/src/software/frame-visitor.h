#pragma once

#include "gstreamer/gst-pointer.h"

namespace sightline {

// Stands between the converter and the encoder of one stream, and sees each picture that is shown:
// I420, of the stream's output size. Called from one streaming thread at a time, which it holds up.
class FrameVisitor {
 public:
  virtual ~FrameVisitor() = default;

  // Returns the picture that goes on: the same one, or a copy that was drawn on. The given one is
  // shared with others and must not be written to.
  virtual SamplePointer visit(SamplePointer picture) = 0;
};

} // namespace sightline
