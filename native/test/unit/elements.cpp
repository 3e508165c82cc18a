#include "gstreamer/elements.h"

#include <doctest/doctest.h>

using namespace sightline;

TEST_CASE("the running time is 0 until an element plays, even when it has a clock") {
  const GObjectPointer<GstElement> pipeline(
      GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* input = makeElement("appsrc");
  GstElement* sink = makeElement("fakesink");
  g_object_set(input, "is-live", TRUE, nullptr);
  gst_bin_add_many(GST_BIN(pipeline.get()), input, sink, nullptr);
  gst_element_link(input, sink);
  CHECK(runningTime(input) == 0);
  gst_element_set_state(pipeline.get(), GST_STATE_PAUSED);
  // What a pipeline on its way to PLAYING does first.
  const GObjectPointer<GstClock> clock(gst_system_clock_obtain());
  gst_element_set_clock(input, clock.get());
  CHECK(gst_element_get_current_running_time(input) > 0);
  CHECK(runningTime(input) == 0);
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const GstClockTime time = runningTime(input);
  CHECK(time <= gst_clock_get_time(clock.get()) - gst_element_get_base_time(input));
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
}
