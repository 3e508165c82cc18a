#include "gstreamer/elements.h"

#include "pipeline/log.h"

#include <cstdlib>

namespace sightline {

bool canLoad(const char* name) {
  const GObjectPointer<GstElementFactory> factory(gst_element_factory_find(name));
  // A factory in the registry's cache may still fail to load.
  const GObjectPointer<GstPluginFeature> loaded(
      factory ? gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory.get())) : nullptr);
  return loaded != nullptr;
}

std::string loadElements() {
  std::string missing;
  for (const char* name :
       {"rtspsrc",    "rtph264depay",    "rtph264pay", "h264parse",  "avdec_h264",   "rtph265depay",
        "h265parse",  "avdec_h265",      "x264enc",    "appsrc",     "appsink",      "filesrc",
        "qtdemux",    "matroskademux",   "tsdemux",    "avidemux",   "flvdemux",     "videoconvert",
        "videoscale", "jpegenc",         "rtpbin",     "capsfilter", "videotestsrc", "matroskamux",
        "mpegtsmux",  "mpeg4videoparse", "fdsink"}) {
    if (!canLoad(name)) {
      missing += missing.empty() ? name : std::string(" ") + name;
    }
  }
  return missing;
}

bool canIntercept(const std::string& factory) {
  if (!canLoad(factory.c_str())) {
    return false;
  }
  GError* raised = nullptr;
  const std::string chain = "videoconvert ! " + factory + " ! videoconvert";
  GstElement* bin = gst_parse_bin_from_description(chain.c_str(), false, &raised);
  const ErrorPointer error(raised);
  if (bin != nullptr) {
    gst_object_unref(gst_object_ref_sink(bin));
  }
  return error == nullptr;
}

GstElement* makeElement(const char* factory) {
  GstElement* element = gst_element_factory_make(factory, nullptr);
  if (element == nullptr) {
    logError("host", std::string("cannot make the element ") + factory);
    std::abort();
  }
  return element;
}

GstElement* parseBin(const std::string& description, bool ghostPads) {
  GError* error = nullptr;
  GstElement* bin = gst_parse_bin_from_description(description.c_str(), ghostPads, &error);
  if (error != nullptr) {
    logError("host", std::string("cannot build a pipeline: ") + error->message);
    std::abort();
  }
  return bin;
}

GObjectPointer<GstElement> childNamed(GstElement* bin, const char* name) {
  return GObjectPointer<GstElement>(gst_bin_get_by_name(GST_BIN(bin), name));
}

GstClockTime runningTime(GstElement* element) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(element, &state, nullptr, 0);
  return state == GST_STATE_PLAYING ? gst_element_get_current_running_time(element) : 0;
}

GObjectPointer<GstPad> padNamed(GstElement* element, const char* name) {
  return GObjectPointer<GstPad>(gst_element_get_static_pad(element, name));
}

} // namespace sightline
