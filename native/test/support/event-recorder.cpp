#include "support/event-recorder.h"

#include "gstreamer/gst-pointer.h"

#include <gst/base/gstbasetransform.h>

#include <mutex>
#include <utility>

namespace {

std::mutex recordsMutex;
std::vector<std::string> records;

void writeDown(const std::string& record) {
  const std::lock_guard lock(recordsMutex);
  records.push_back(record);
}

struct EventRecorder {
  GstBaseTransform parent;
};
struct EventRecorderClass {
  GstBaseTransformClass parent;
};
G_DEFINE_TYPE(EventRecorder, event_recorder, GST_TYPE_BASE_TRANSFORM)

gboolean onEvent(GstBaseTransform* self, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM) {
    const sightline::TextPointer text(gst_structure_to_string(gst_event_get_structure(event)));
    writeDown(text.get());
  }
  return GST_BASE_TRANSFORM_CLASS(event_recorder_parent_class)->sink_event(self, event);
}

GstFlowReturn onPicture(GstBaseTransform*, GstBuffer*) {
  writeDown("picture");
  return GST_FLOW_OK;
}

void event_recorder_class_init(EventRecorderClass* type) {
  GstElementClass* element = GST_ELEMENT_CLASS(type);
  for (const auto direction : {GST_PAD_SINK, GST_PAD_SRC}) {
    gst_element_class_add_pad_template(
        element, gst_pad_template_new(direction == GST_PAD_SINK ? "sink" : "src", direction,
                                      GST_PAD_ALWAYS, GST_CAPS_ANY));
  }
  gst_element_class_set_static_metadata(element, "Event recorder", "Filter", "Writes events down",
                                        "The tests");
  GstBaseTransformClass* transform = GST_BASE_TRANSFORM_CLASS(type);
  transform->sink_event = onEvent;
  transform->transform_ip = onPicture;
  transform->passthrough_on_same_caps = TRUE;
  transform->transform_ip_on_passthrough = TRUE;
}

void event_recorder_init(EventRecorder*) {}

} // namespace

namespace test {

void registerEventRecorder() {
  gst_element_register(nullptr, eventRecorder, GST_RANK_NONE, event_recorder_get_type());
}

std::vector<std::string> takeRecords() {
  const std::lock_guard lock(recordsMutex);
  return std::exchange(records, {});
}

} // namespace test
