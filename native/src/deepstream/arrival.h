#pragma once

#include "gstreamer/handover.h"

#include <gst/gst.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace sightline::deepstream {

// Sees whether an event comes in at an element. That it was pushed says only that the first element
// took it.
class Arrival {
 public:
  explicit Arrival(GstElement* element);
  ~Arrival();
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  // Before the event is pushed. One at a time.
  void expect(guint32 seqnum);
  // False when it has not come in time; some elements keep events behind the pictures they work on.
  bool wait(std::chrono::milliseconds patience);

 private:
  static GstPadProbeReturn onEvent(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  GstPad* pad_;
  gulong probe_;
  Handover handover_;
  std::mutex mutex_;
  std::condition_variable came_;
  guint32 expected_ = GST_SEQNUM_INVALID;
  bool isHere_ = false;
};

} // namespace sightline::deepstream
