#include "stub-element.h"

#include <gst/base/gstbasetransform.h>

namespace stubs {

namespace {

constexpr auto nvmm = "memory:NVMM";

enum class Target { system, nvmm, any };

struct RelabelClass {
  GstBaseTransformClass parent;
  Target target;
};

GstCaps* labelled(GstCaps* caps, bool asNvmm) {
  GstCaps* result = gst_caps_copy(caps);
  for (guint at = 0; at < gst_caps_get_size(result); ++at) {
    gst_caps_set_features(
        result, at, asNvmm ? gst_caps_features_new(nvmm, nullptr) : gst_caps_features_new_empty());
  }
  return result;
}

GstCaps* transformCaps(GstBaseTransform* transform, GstPadDirection direction, GstCaps* caps,
                       GstCaps* filter) {
  const Target target = reinterpret_cast<RelabelClass*>(G_OBJECT_GET_CLASS(transform))->target;
  const bool isForward = direction == GST_PAD_SINK;
  GstCaps* result = labelled(caps, isForward && target != Target::system);
  // What comes out as system memory may have come in as either; "any" puts out either.
  if (isForward ? target == Target::any : target == Target::system) {
    result = gst_caps_merge(result, labelled(caps, !isForward));
  }
  if (filter == nullptr) {
    return result;
  }
  GstCaps* common = gst_caps_intersect_full(filter, result, GST_CAPS_INTERSECT_FIRST);
  gst_caps_unref(result);
  return common;
}

template <Target target>
void initClass(gpointer klass, gpointer) {
  static_cast<RelabelClass*>(klass)->target = target;
  auto* transform = static_cast<GstBaseTransformClass*>(klass);
  transform->transform_caps = transformCaps;
  transform->transform_ip = [](GstBaseTransform*, GstBuffer*) { return GST_FLOW_OK; };
  auto* element = static_cast<GstElementClass*>(klass);
  gst_element_class_set_static_metadata(element, "relabel", "Generic", "says where pictures are",
                                        "Sightline");
  GstCaps* any = gst_caps_new_any();
  gst_element_class_add_pad_template(
      element, gst_pad_template_new("sink", GST_PAD_SINK, GST_PAD_ALWAYS, any));
  gst_element_class_add_pad_template(element,
                                     gst_pad_template_new("src", GST_PAD_SRC, GST_PAD_ALWAYS, any));
  gst_caps_unref(any);
}

} // namespace

bool registerRelabels(GstPlugin* plugin) {
  const auto add = [&](const char* name, const char* typeName, GClassInitFunc init) {
    const GType type =
        g_type_register_static_simple(GST_TYPE_BASE_TRANSFORM, typeName, sizeof(RelabelClass), init,
                                      sizeof(GstBaseTransform), nullptr, GTypeFlags{});
    return gst_element_register(plugin, name, GST_RANK_NONE, type) != FALSE;
  };
  return add("stubtosystem", "StubToSystem", initClass<Target::system>) &&
         add("stubtonvmm", "StubToNvmm", initClass<Target::nvmm>) &&
         add("stubtoany", "StubToAny", initClass<Target::any>);
}

} // namespace stubs
