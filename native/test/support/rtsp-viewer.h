#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/settings.h"

#include <optional>
#include <string>

namespace test {

// Plays an RTSP output and looks at its access units.
class RtspViewer {
 public:
  explicit RtspViewer(const std::string& url,
                      sightline::VideoCodec codec = sightline::VideoCodec::h264);
  ~RtspViewer();
  RtspViewer(const RtspViewer&) = delete;
  RtspViewer& operator=(const RtspViewer&) = delete;

  // Whether the next access unit is an IDR; nothing when none came within 10 s.
  std::optional<bool> next();
  // Of all access units so far.
  std::size_t bytes() const { return bytes_; }

 private:
  const sightline::VideoCodec codec_;
  sightline::GObjectPointer<GstElement> pipeline_;
  sightline::GObjectPointer<GstElement> output_;
  std::size_t bytes_ = 0;
};

} // namespace test
