#pragma once

#include "gstreamer/gst-pointer.h"

#include <cstdint>
#include <string>

namespace sightline {

// The picture as a JPEG of its own size; empty when it cannot be converted. Takes some 10 ms.
std::string encodeJpeg(GstSample* picture);

// For pictures one after the other; takes a tenth of the time.
class JpegEncoder {
 public:
  JpegEncoder();
  ~JpegEncoder();
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  // Empty when it cannot be.
  std::string encode(GstSample* picture);

 private:
  GObjectPointer<GstElement> pipeline_;
  GObjectPointer<GstElement> input_;
  GObjectPointer<GstElement> output_;
  std::uint64_t pictures_ = 0;
};

} // namespace sightline
