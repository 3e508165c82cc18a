#include "software/jpeg.h"

#include "gstreamer/elements.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

namespace sightline {

namespace {

std::string bytesOf(GstSample* sample) {
  GstMapInfo map;
  if (!gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ)) {
    return {};
  }
  std::string bytes(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  return bytes;
}

} // namespace

std::string encodeJpeg(GstSample* picture) {
  const CapsPointer jpeg(gst_caps_new_empty_simple("image/jpeg"));
  GError* error = nullptr;
  const SamplePointer converted(gst_video_convert_sample(
      picture, jpeg.get(), static_cast<GstClockTime>(limits::snapshotTimeout.count()) * GST_MSECOND,
      &error));
  if (error != nullptr) {
    logWarn("snapshot", error->message);
    g_error_free(error);
  }
  return converted ? bytesOf(converted.get()) : std::string();
}

JpegEncoder::JpegEncoder()
    : pipeline_(GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr)))) {
  GstElement* bin = parseBin("appsrc name=input format=time ! videoconvert ! jpegenc ! "
                             "appsink name=output sync=false async=false",
                             false);
  gst_bin_add(GST_BIN(pipeline_.get()), bin);
  input_ = childNamed(bin, "input");
  output_ = childNamed(bin, "output");
  gst_element_set_state(pipeline_.get(), GST_STATE_PLAYING);
}

JpegEncoder::~JpegEncoder() {
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

std::string JpegEncoder::encode(GstSample* picture) {
  GstBuffer* timed = gst_buffer_copy(gst_sample_get_buffer(picture));
  GST_BUFFER_PTS(timed) = pictures_++ * GST_SECOND;
  GST_BUFFER_DTS(timed) = GST_CLOCK_TIME_NONE;
  const SamplePointer given(gst_sample_new(timed, gst_sample_get_caps(picture), nullptr, nullptr));
  gst_buffer_unref(timed);
  gst_app_src_push_sample(GST_APP_SRC(input_.get()), given.get());
  const SamplePointer encoded(gst_app_sink_try_pull_sample(
      GST_APP_SINK(output_.get()),
      static_cast<GstClockTime>(limits::snapshotTimeout.count()) * GST_MSECOND));
  return encoded ? bytesOf(encoded.get()) : std::string();
}

} // namespace sightline
