#include "deepstream/events.h"

#include "pipeline/limits.h"

namespace sightline::deepstream {

namespace {

enum class EventNumber {
  roiUpdate = 406,
  inferIntervalUpdate = 407,
  osdProcessModeUpdate = 408,
  analyticsReload = 409,
  trackerConfigUpdate = 410,
  encoderBitrateUpdate = 503,
  encoderForceIdr = 504,
  encoderForceIntra = 505,
  encoderIframeIntervalUpdate = 506
};

// Takes the fields over.
EventPointer makeEvent(EventNumber number, GstStructure* fields) {
  const auto type = static_cast<GstEventType>(GST_EVENT_MAKE_TYPE(
      static_cast<int>(number), GST_EVENT_TYPE_DOWNSTREAM | GST_EVENT_TYPE_SERIALIZED));
  return EventPointer(gst_event_new_custom(type, fields));
}

GstStructure* streamFields(const char* name, int sourceId) {
  return gst_structure_new(name, "stream_id", G_TYPE_STRING, std::to_string(sourceId).c_str(),
                           nullptr);
}

EventPointer makeStreamEvent(EventNumber number, GstStructure* fields, const char* field,
                             unsigned value) {
  gst_structure_set(fields, field, G_TYPE_UINT, value, nullptr);
  return makeEvent(number, fields);
}

struct MakeEvent {
  int sourceId;

  EventPointer operator()(const Rois& setting) const {
    GstStructure* fields = streamFields("nv-roi-update", sourceId);
    gst_structure_set(fields, "roi-count", G_TYPE_UINT, static_cast<guint>(setting.rois.size()),
                      nullptr);
    for (std::size_t at = 0; at < setting.rois.size(); ++at) {
      const auto& [id, area] = setting.rois[at];
      const std::string number = "_" + std::to_string(at);
      gst_structure_set(fields, ("roi_id" + number).c_str(), G_TYPE_STRING, id.c_str(),
                        ("left" + number).c_str(), G_TYPE_UINT, area.left, ("top" + number).c_str(),
                        G_TYPE_UINT, area.top, ("width" + number).c_str(), G_TYPE_UINT, area.width,
                        ("height" + number).c_str(), G_TYPE_UINT, area.height, nullptr);
    }
    return makeEvent(EventNumber::roiUpdate, fields);
  }
  EventPointer operator()(const InferInterval& setting) const {
    return makeStreamEvent(EventNumber::inferIntervalUpdate,
                           streamFields("nv-infer-interval-update", sourceId), "interval",
                           setting.interval);
  }
  EventPointer operator()(const OsdProcessMode& setting) const {
    return makeStreamEvent(EventNumber::osdProcessModeUpdate,
                           streamFields("nv-osd-process-mode-update", sourceId), "process_mode",
                           setting.processor == OsdProcessor::gpu ? 1 : 0);
  }
  EventPointer operator()(const TrackerConfig& setting) const {
    GstStructure* fields = streamFields("nv-tracker-config-update", sourceId);
    gst_structure_set(fields, "config_path", G_TYPE_STRING, setting.path.c_str(), nullptr);
    return makeEvent(EventNumber::trackerConfigUpdate, fields);
  }
  EventPointer operator()(const EncoderBitrate& setting) const {
    return makeStreamEvent(EventNumber::encoderBitrateUpdate,
                           streamFields("nv-enc-bitrate-update", sourceId), "bitrate",
                           setting.bitsPerSecond);
  }
  EventPointer operator()(const IframeInterval& setting) const {
    return makeStreamEvent(EventNumber::encoderIframeIntervalUpdate,
                           streamFields("nv-enc-iframeinterval-update", sourceId), "interval",
                           setting.frames.value_or(limits::keyFramePictures));
  }
  template <class Other>
  EventPointer operator()(const Other&) const {
    return nullptr;
  }
};

} // namespace

EventPointer eventFor(int sourceId, const StreamSetting& setting) {
  return std::visit(MakeEvent{sourceId}, setting);
}

EventPointer eventFor(int sourceId, KeyFrame kind) {
  const bool idr = kind == KeyFrame::idr;
  GstStructure* fields = streamFields(idr ? "nv-enc-force-idr" : "nv-enc-force-intra", sourceId);
  // The only ones that are signed.
  gst_structure_set(fields, "force", G_TYPE_INT, 1, nullptr);
  return makeEvent(idr ? EventNumber::encoderForceIdr : EventNumber::encoderForceIntra, fields);
}

EventPointer analyticsReloadEvent(const std::string& configPath) {
  return makeEvent(EventNumber::analyticsReload,
                   gst_structure_new("nv-analytics-reload_config-update", "config_file_path",
                                     G_TYPE_STRING, configPath.c_str(), nullptr));
}

} // namespace sightline::deepstream
