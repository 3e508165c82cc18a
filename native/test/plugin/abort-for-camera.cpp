// A GStreamer plugin that ends the process when the pipeline of one camera starts, as a decoder
// does that meets a camera it cannot bear. GST_PLUGIN_PATH names its folder, and
// GST_TRACERS="abort-for-camera(camera=NAME)" the camera_id, percent-encoded.
#define GST_USE_UNSTABLE_API
#include <gst/gst.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace {

struct AbortForCamera {
  GstTracer parent;
  char* camera;
};

struct AbortForCameraClass {
  GstTracerClass parent;
};

G_DEFINE_TYPE(AbortForCamera, abort_for_camera, GST_TYPE_TRACER)

void onStateChange(AbortForCamera* self, GstClockTime, GstElement* element, GstStateChange change) {
  if (self->camera != nullptr && change == GST_STATE_CHANGE_READY_TO_PAUSED &&
      GST_IS_PIPELINE(element) && std::strcmp(GST_OBJECT_NAME(element), self->camera) == 0) {
    std::abort();
  }
}

void constructed(GObject* object) {
  char* params = nullptr;
  g_object_get(object, "params", &params, nullptr);
  const std::string text = std::string("abort-for-camera,") + (params == nullptr ? "" : params);
  g_free(params);
  GstStructure* named = gst_structure_from_string(text.c_str(), nullptr);
  if (named != nullptr) {
    reinterpret_cast<AbortForCamera*>(object)->camera =
        g_strdup(gst_structure_get_string(named, "camera"));
    gst_structure_free(named);
  }
  gst_tracing_register_hook(GST_TRACER(object), "element-change-state-pre",
                            G_CALLBACK(onStateChange));
}

void finalized(GObject* object) {
  g_free(reinterpret_cast<AbortForCamera*>(object)->camera);
  G_OBJECT_CLASS(abort_for_camera_parent_class)->finalize(object);
}

void abort_for_camera_class_init(AbortForCameraClass* type) {
  G_OBJECT_CLASS(type)->constructed = constructed;
  G_OBJECT_CLASS(type)->finalize = finalized;
}

void abort_for_camera_init(AbortForCamera*) {}

gboolean initPlugin(GstPlugin* plugin) {
  return gst_tracer_register(plugin, "abort-for-camera", abort_for_camera_get_type());
}

} // namespace

#define PACKAGE "sightline"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, abortforcamera,
                  "Ends the process for one camera", initPlugin, "0.1", "LGPL", "sightline",
                  "https://sightline.example")
