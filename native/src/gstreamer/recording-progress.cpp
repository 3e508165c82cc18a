#include "gstreamer/recording-progress.h"

#include "gstreamer/elements.h"

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

std::chrono::milliseconds earliness(GstPad* pad, GstBuffer* picture) {
  const EventPointer event(gst_pad_get_sticky_event(pad, GST_EVENT_SEGMENT, 0));
  if (!event) {
    return std::chrono::milliseconds(0);
  }
  const GstSegment* segment = nullptr;
  gst_event_parse_segment(event.get(), &segment);
  const GstClockTime due =
      gst_segment_to_running_time(segment, GST_FORMAT_TIME, GST_BUFFER_PTS(picture));
  const GObjectPointer<GstElement> element(gst_pad_get_parent_element(pad));
  const GstClockTime now = runningTime(element.get());
  return due == GST_CLOCK_TIME_NONE || due <= now ? std::chrono::milliseconds(0)
                                                  : milliseconds(static_cast<gint64>(due - now));
}

} // namespace sightline
