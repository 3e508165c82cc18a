#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/backend-setup.h"

#include <gst/video/video.h>

#include <memory>
#include <mutex>

namespace sightline {

struct Geometry {
  Area source;
  Area destination;
  unsigned flip = 0;
  unsigned interpolation = 6;
};

// Makes the pictures of a stream I420 of one size: the given one, or that of the first picture, so
// that encoder and clients go on whatever the camera sends later. On the way it crops, flips,
// scales and places them, in this order. A picture that is right already is handed on as it is.
class Converter {
 public:
  explicit Converter(PictureSize size = {}) : size_(size) {}

  Geometry geometry() const;
  // Holds from the next picture on.
  void setGeometry(const Geometry& geometry);

  // Null when the picture cannot be read.
  SamplePointer convert(SamplePointer picture);

 private:
  struct Free {
    void operator()(GstVideoConverter* converter) const { gst_video_converter_free(converter); }
    void operator()(GstBuffer* buffer) const { gst_buffer_unref(buffer); }
  };
  using BufferPointer = std::unique_ptr<GstBuffer, Free>;

  // All with the lock held.
  bool adopt(GstCaps* caps);
  bool isRight() const;
  void build();
  BufferPointer canvas() const;
  bool draw(GstBuffer* input, GstBuffer* output);

  const PictureSize size_;
  mutable std::mutex mutex_;
  Geometry geometry_;
  CapsPointer inputCaps_;
  GstVideoInfo input_{};
  CapsPointer outputCaps_;
  GstVideoInfo output_{};
  // Of the output picture, clamped.
  Area place_;
  // What is flipped into its place afterwards; only used when something is flipped.
  GstVideoInfo upright_{};
  // Null until it is needed with the current geometry and caps.
  std::unique_ptr<GstVideoConverter, Free> converter_;
  // The last picture that went out, before anybody drew on it: its pixels stay around the place.
  SamplePointer last_;
};

// The part of the area that lies in a picture of this size; at least one pixel, at an edge when all
// of it lies outside.
Area clamp(const Area& area, unsigned width, unsigned height);

} // namespace sightline
