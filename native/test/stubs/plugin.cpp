// The elements of the DeepStream backend, with the properties that `gst-inspect-1.0` shows of those
// of DeepStream 6.3 and 7.1, as far as the backend touches them.
#include "stub-element.h"

#include <gst/video/video.h>

namespace stubs {

namespace {

constexpr unsigned beforeStart = GST_PARAM_MUTABLE_READY;
constexpr unsigned always = GST_PARAM_MUTABLE_PLAYING;

Property flag(const char* name, bool preset = false) {
  return {name, Property::Kind::boolean, 0, 1, preset ? 1 : 0, 0};
}
Property number(const char* name, std::int64_t max = G_MAXUINT, std::int64_t preset = 0,
                unsigned changeable = 0) {
  return {name, Property::Kind::unsignedInteger, 0, max, preset, changeable};
}
Property text(const char* name, unsigned changeable) {
  return {name, Property::Kind::text, 0, 0, 0, changeable};
}
Property choice(const char* name, std::int64_t max, std::int64_t preset = 0,
                unsigned changeable = 0) {
  return {name, Property::Kind::choice, 0, max, preset, changeable};
}
Property anyInteger(const char* name, std::int64_t min, std::int64_t preset,
                    unsigned changeable = 0) {
  return {name, Property::Kind::integer, min, G_MAXINT, preset, changeable};
}

// What is made up, by the end of its path; the rest is a real camera.
std::string contentFor(const std::string& uri) {
  const std::string decoder = " ! nvv4l2decoder name=decoder";
  const std::string pictures =
      " pattern=ball ! video/x-raw,width=320,height=180,framerate=25/1 ! x264enc tune=zerolatency "
      "speed-preset=ultrafast threads=1 key-int-max=25 ! h264parse";
  if (uri.ends_with("/pictures")) {
    return "videotestsrc is-live=true" + pictures + decoder;
  }
  if (uri.ends_with("/short")) {
    return "videotestsrc is-live=true num-buffers=25" + pictures + decoder;
  }
  if (uri.ends_with("/silent")) {
    return "";
  }
  if (uri.starts_with("file:")) {
    return "filesrc location=\"" + uri.substr(std::string("file://").size()) +
           "\" ! qtdemux ! h264parse" + decoder;
  }
  return "rtspsrc protocols=tcp latency="
         "100 location=" +
         uri + " ! rtph264depay ! h264parse" + decoder;
}

bool prepareSource(GstElement* element) {
  const std::string uri = valueOf(element, "uri");
  if (uri.ends_with("/error")) {
    GST_ELEMENT_ERROR(element, RESOURCE, NOT_FOUND, ("no such camera"), (nullptr));
    return true;
  }
  const std::string description = contentFor(uri);
  if (description.empty()) {
    return true;
  }
  GstElement* content = gst_parse_bin_from_description(description.c_str(), FALSE, nullptr);
  // By hand: else pads that are to be linked later would become ghosts as well.
  GstElement* decoder = gst_bin_get_by_name(GST_BIN(content), "decoder");
  GstPad* decoded = gst_element_get_static_pad(decoder, "src");
  GstPad* inner = gst_ghost_pad_new("src", decoded);
  gst_element_add_pad(content, inner);
  gst_bin_add(GST_BIN(element), content);
  GstPad* ghost = gst_ghost_pad_new("vsrc_0", inner);
  gst_object_unref(decoded);
  gst_object_unref(decoder);
  gst_pad_set_active(ghost, TRUE);
  return gst_element_add_pad(element, ghost) != FALSE;
}

// Pictures of all sources come out with the time of the pipeline, in one segment.
GstPadProbeReturn retime(GstPad*, GstPadProbeInfo* info, gpointer element) {
  if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    GstBuffer* buffer = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_BUFFER_PTS(buffer) =
        gst_element_get_current_running_time(static_cast<GstElement*>(element));
    GST_BUFFER_DTS(buffer) = GST_CLOCK_TIME_NONE;
    GST_PAD_PROBE_INFO_DATA(info) = buffer;
    return GST_PAD_PROBE_OK;
  }
  switch (GST_EVENT_TYPE(GST_PAD_PROBE_INFO_EVENT(info))) {
  case GST_EVENT_SEGMENT: {
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_event_unref(GST_PAD_PROBE_INFO_EVENT(info));
    GST_PAD_PROBE_INFO_DATA(info) = gst_event_new_segment(&segment);
    return GST_PAD_PROBE_OK;
  }
  case GST_EVENT_EOS:
    return valueOf(static_cast<GstElement*>(element), "drop-pipeline-eos") == "TRUE"
               ? GST_PAD_PROBE_DROP
               : GST_PAD_PROBE_OK;
  default:
    return GST_PAD_PROBE_OK;
  }
}

bool prepareMux(GstElement* element) {
  GstElement* funnel = gst_bin_get_by_name(GST_BIN(element), "funnel");
  GstPad* pad = gst_element_get_static_pad(funnel, "src");
  gst_pad_add_probe(
      pad,
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM),
      retime, element, nullptr);
  gst_object_unref(pad);
  gst_object_unref(funnel);
  // As the real one says of itself.
  return valueOf(element, "width") != "0" && valueOf(element, "batch-size") != "0";
}

void forceKeyFrame(GstElement* element, const GstStructure* event) {
  if (!gst_structure_has_name(event, "nv-enc-force-idr")) {
    return;
  }
  GstElement* encoder = gst_bin_get_by_name(GST_BIN(element), "encoder");
  GstPad* pad = gst_element_get_static_pad(encoder, "src");
  gst_pad_send_event(pad,
                     gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  gst_object_unref(pad);
  gst_object_unref(encoder);
}

void failWhenAsked(GstElement* element, const GstStructure* event) {
  const char* path = gst_structure_get_string(event, "config_path");
  if (path != nullptr && g_str_has_suffix(path, "/fail")) {
    GST_ELEMENT_ERROR(element, LIBRARY, FAILED, ("the tracker failed"), (nullptr));
  }
}

Element batchElement(const char* name, std::vector<Property> properties) {
  return {name, std::move(properties), "identity"};
}

std::vector<Element> sourceElements() {
  return {
      {"nvurisrcbin",
       {text("uri", beforeStart), anyInteger("source-id", -1, -1, beforeStart),
        flag("disable-audio", true), number("latency", G_MAXUINT, 100, beforeStart),
        number("rtsp-reconnect-interval", G_MAXUINT, 0, beforeStart),
        anyInteger("rtsp-reconnect-attempts", G_MININT, -1, beforeStart),
        choice("select-rtp-protocol", 4, 0, beforeStart)},
       "",
       prepareSource},
      {"nvv4l2decoder",
       {choice("skip-frames", 2, 0, always), number("drop-frame-interval", 30, 0, beforeStart),
        flag("low-latency-mode")},
       "avdec_h264 max-threads=1 ! videoconvert ! video/x-raw,format=NV12 ! stubtonvmm"},
      {"nvvideoconvert",
       {text("src-crop", always), text("dest-crop", beforeStart), choice("flip-method", 7),
        choice("interpolation-method", 6, 6), flag("disable-passthrough")},
       "stubtosystem ! videoconvert ! videoscale ! stubtoany"},
  };
}

std::vector<Element> batchElements() {
  return {
      {"nvstreammux",
       {number("batch-size", 1024), number("width"), number("height"), flag("live-source"),
        flag("drop-pipeline-eos"), anyInteger("batched-push-timeout", -1, -1),
        number("max-latency")},
       "funnel name=funnel",
       prepareMux,
       nullptr,
       "sink_%u"},
      batchElement("nvdspreprocess", {text("config-file", beforeStart)}),
      batchElement("nvinfer",
                   {text("config-file-path", always), number("batch-size", 1024, 1, beforeStart),
                    flag("input-tensor-meta")}),
      {"nvtracker",
       {text("ll-lib-file", beforeStart), text("ll-config-file", beforeStart)},
       "identity",
       nullptr,
       failWhenAsked},
      batchElement("nvdsanalytics", {text("config-file", beforeStart)}),
      batchElement("nvmultistreamtiler",
                   {number("rows"), number("columns"), number("width"), number("height")}),
      batchElement("nvdsosd",
                   {choice("process-mode", 2, 1, beforeStart), flag("display-text", true)}),
  };
}

Element encoder(const char* name, const char* encoder) {
  return {name,
          {number("bitrate", G_MAXUINT, 4000000, beforeStart),
           number("iframeinterval", G_MAXUINT, 30, beforeStart),
           number("idrinterval", G_MAXUINT, 256, beforeStart), flag("insert-sps-pps")},
          std::string("stubtosystem ! videoconvert ! video/x-raw,format=I420 ! ") + encoder +
              " name=encoder tune=zerolatency speed-preset=ultrafast key-int-max=100000 "
              "option-string=scenecut=0",
          nullptr,
          forceKeyFrame};
}

gboolean initPlugin(GstPlugin* plugin) {
  bool isGood = registerRelabels(plugin);
  for (const auto& group : {sourceElements(), batchElements()}) {
    for (const Element& element : group) {
      isGood = registerElement(plugin, element) && isGood;
    }
  }
  return isGood && registerElement(plugin, encoder("nvv4l2h264enc", "x264enc")) &&
         registerElement(plugin, encoder("nvv4l2h265enc", "x265enc"));
}

} // namespace

} // namespace stubs

#define PACKAGE "sightline"
GST_PLUGIN_DEFINE(GST_VERSION_MAJOR, GST_VERSION_MINOR, deepstreamstubs,
                  "Elements under the names of DeepStream's", stubs::initPlugin, "0.1", "unknown",
                  "sightline", "https://example.com")
