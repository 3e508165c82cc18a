#include "software/recording-progress.h"

namespace sightline {

namespace {

std::chrono::milliseconds milliseconds(gint64 nanoseconds) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::nanoseconds(nanoseconds));
}

} // namespace

std::optional<Progress> progressOf(GstPad* sink) {
  gint64 position = 0;
  if (!gst_pad_peer_query_position(sink, GST_FORMAT_TIME, &position) || position < 0) {
    return std::nullopt;
  }
  Progress progress{milliseconds(position), std::nullopt};
  gint64 duration = 0;
  if (gst_pad_peer_query_duration(sink, GST_FORMAT_TIME, &duration) && duration > 0) {
    progress.duration = milliseconds(duration);
  }
  return progress;
}

} // namespace sightline
