#include "brightness-element.h"

#include <gst/video/gstvideofilter.h>

#include <algorithm>

namespace {

struct Brightness {
  GstVideoFilter parent;
  // Only the streaming thread touches it: events and pictures come one after the other.
  int added;
};
struct BrightnessClass {
  GstVideoFilterClass parent;
};
G_DEFINE_TYPE(Brightness, example_brightness, GST_TYPE_VIDEO_FILTER)

// The interception: the event comes between two pictures, so it holds from the next one on.
gboolean onEvent(GstBaseTransform* transform, GstEvent* event) {
  if (GST_EVENT_TYPE(event) == GST_EVENT_CUSTOM_DOWNSTREAM &&
      gst_event_has_name(event, brightnessEvent)) {
    auto* self = reinterpret_cast<Brightness*>(transform);
    gst_structure_get_int(gst_event_get_structure(event), brightnessField, &self->added);
    // Unchanged pictures are not even copied.
    gst_base_transform_set_passthrough(transform, self->added == 0);
    // It is for this element alone, so it ends here.
    gst_event_unref(event);
    return TRUE;
  }
  return GST_BASE_TRANSFORM_CLASS(example_brightness_parent_class)->sink_event(transform, event);
}

GstFlowReturn onPicture(GstVideoFilter* filter, GstVideoFrame* picture) {
  const int added = reinterpret_cast<Brightness*>(filter)->added;
  auto* row = static_cast<guint8*>(GST_VIDEO_FRAME_PLANE_DATA(picture, 0));
  for (int y = 0; y < GST_VIDEO_FRAME_HEIGHT(picture); ++y) {
    for (int x = 0; x < GST_VIDEO_FRAME_WIDTH(picture); ++x) {
      row[x] = static_cast<guint8>(std::clamp(row[x] + added, 0, 255));
    }
    row += GST_VIDEO_FRAME_PLANE_STRIDE(picture, 0);
  }
  return GST_FLOW_OK;
}

void example_brightness_class_init(BrightnessClass* type) {
  GstElementClass* element = GST_ELEMENT_CLASS(type);
  // The host converts what a decoder gives to what stands here.
  GstCaps* caps = gst_caps_from_string(GST_VIDEO_CAPS_MAKE("I420"));
  gst_element_class_add_pad_template(
      element, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, caps));
  gst_element_class_add_pad_template(
      element, gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, caps));
  gst_caps_unref(caps);
  gst_element_class_set_static_metadata(element, "Brightness", "Filter/Effect/Video",
                                        "Makes pictures brighter or darker", "Sightline");
  GST_BASE_TRANSFORM_CLASS(type)->sink_event = onEvent;
  GST_VIDEO_FILTER_CLASS(type)->transform_frame_ip = onPicture;
}

void example_brightness_init(Brightness* self) {
  gst_base_transform_set_in_place(GST_BASE_TRANSFORM(self), TRUE);
  gst_base_transform_set_passthrough(GST_BASE_TRANSFORM(self), TRUE);
}

} // namespace

bool registerBrightnessElement() {
  return gst_element_register(nullptr, brightnessElement, GST_RANK_NONE,
                              example_brightness_get_type());
}
