#include "deepstream/arrival.h"

namespace sightline::deepstream {

Arrival::Arrival(GstElement* element) : pad_(gst_element_get_static_pad(element, "sink")) {
  handover_.give();
  probe_ = gst_pad_add_probe(pad_, GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, onEvent, this, nullptr);
}

Arrival::~Arrival() {
  gst_pad_remove_probe(pad_, probe_);
  gst_object_unref(pad_);
  handover_.takeBack();
}

GstPadProbeReturn Arrival::onEvent(GstPad*, GstPadProbeInfo* info, gpointer self) {
  auto* arrival = static_cast<Arrival*>(self);
  const Handover::Visit visit(arrival->handover_);
  const std::lock_guard lock(arrival->mutex_);
  if (gst_event_get_seqnum(GST_PAD_PROBE_INFO_EVENT(info)) == arrival->expected_) {
    arrival->isHere_ = true;
    arrival->came_.notify_all();
  }
  return GST_PAD_PROBE_OK;
}

void Arrival::expect(guint32 seqnum) {
  const std::lock_guard lock(mutex_);
  expected_ = seqnum;
  isHere_ = false;
}

bool Arrival::wait(std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return came_.wait_for(lock, patience, [this] { return isHere_; });
}

} // namespace sightline::deepstream
