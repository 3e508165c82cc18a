#include "software/jpeg.h"

#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <gst/video/video.h>

namespace sightline {

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
  GstMapInfo map;
  if (!converted || !gst_buffer_map(gst_sample_get_buffer(converted.get()), &map, GST_MAP_READ)) {
    return {};
  }
  std::string bytes(reinterpret_cast<const char*>(map.data), map.size);
  gst_buffer_unmap(gst_sample_get_buffer(converted.get()), &map);
  return bytes;
}

} // namespace sightline
