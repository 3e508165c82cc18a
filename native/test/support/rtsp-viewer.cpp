#include "support/rtsp-viewer.h"

#include "gstreamer/access-unit.h"
#include "gstreamer/elements.h"

#include <gst/app/gstappsink.h>

namespace test {

using namespace sightline;

namespace {

std::string depayloader(VideoCodec codec) {
  const std::string name = codecName(codec);
  return codec == VideoCodec::mpeg4
             ? "rtpmp4vdepay ! video/mpeg"
             : "rtp" + name + "depay ! video/x-" + name + ",stream-format=byte-stream,alignment=au";
}

} // namespace

RtspViewer::RtspViewer(const std::string& url, VideoCodec codec)
    : codec_(codec), pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))) {
  GstElement* bin = parseBin("rtspsrc name=source latency=0 protocols=tcp ! " + depayloader(codec) +
                                 " ! appsink name=output sync=false async=false",
                             false);
  gst_bin_add(GST_BIN(pipeline_.get()), bin);
  g_object_set(childNamed(bin, "source").get(), "location", url.c_str(), nullptr);
  output_ = childNamed(bin, "output");
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

RtspViewer::~RtspViewer() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

std::optional<bool> RtspViewer::next() {
  const SamplePointer unit(
      gst_app_sink_try_pull_sample(GST_APP_SINK(output_.get()), 10 * GST_SECOND));
  GstMapInfo map;
  if (!unit || !gst_buffer_map(gst_sample_get_buffer(unit.get()), &map, GST_MAP_READ)) {
    return std::nullopt;
  }
  bytes_ += map.size;
  const bool idr = readAccessUnit(codec_, map.data, map.size).key;
  gst_buffer_unmap(gst_sample_get_buffer(unit.get()), &map);
  return idr;
}

} // namespace test
