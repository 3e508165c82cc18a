#include "deepstream/capabilities.h"

#include "gstreamer/gst-pointer.h"

#include <algorithm>

namespace sightline::deepstream {

namespace {

struct Row {
  ControlTarget target;
  // DeepStream's own REST server sets it on a playing element, although the element declares that
  // it cannot be. Then the document counts.
  bool documentedLive = false;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table{
      {{{"drop-frame-interval", "stream", "the decoder puts out every Nth picture; 0 is all"},
        Part::decoder,
        "drop-frame-interval"},
       true},
      {{{"skip-frames", "stream",
         "the decoder leaves pictures out; not on Jetson, and 1 not on x86 (NVIDIA's document)"},
        Part::decoder,
        "skip-frames"}},
      {{{"low-latency-mode", "stream", "the decoder holds no pictures back"},
        Part::decoder,
        "low-latency-mode"}},
      {{{"srccrop", "stream", "clamped to the decoded picture"}, Part::converter, "src-crop"}},
      {{{"destcrop", "stream", "clamped to the stream's picture; around it the old pixels stay"},
        Part::converter,
        "dest-crop"},
       true},
      {{{"flip-method", "stream", "before the pictures are batched"},
        Part::converter,
        "flip-method"}},
      {{{"interpolation-method", "stream", "where the stream's picture is scaled"},
        Part::converter,
        "interpolation-method"}},
      {{{"batched-push-timeout", "device", "how long a batch waits for its pictures"},
        Part::mux,
        "batched-push-timeout"}},
      {{{"max-latency", "device", "how much longer a batch waits for late sources"},
        Part::mux,
        "max-latency"}},
      {{{"roi", "stream", "where nvdspreprocess looks, if its file has a group for this stream"},
        Part::preprocess,
        ""}},
      {{{"infer-interval", "device", "all streams: one batch is inferred and so many left out"},
        Part::infer,
        ""}},
      {{{"tracker-config", "device", "all streams: nvtracker reads this file"}, Part::tracker, ""}},
      {{{"analytics-reload", "device", "nvdsanalytics reads its own file anew"},
        Part::analytics,
        ""}},
      {{{"osd-process-mode", "device", "all streams: 0 draws on the CPU, 1 on the GPU"},
        Part::osd,
        ""}},
      {{{"bitrate", "device", "all streams: of the tiled output"}, Part::encoder, ""}},
      {{{"iframe-interval", "device", "all streams: of the tiled output"}, Part::encoder, ""}},
      {{{"force-idr", "device", "all streams: an IDR in the tiled output"}, Part::encoder, ""}},
      {{{"force-intra", "device", "all streams: an I-picture in the tiled output"},
        Part::encoder,
        ""}}};
  return table;
}

// By the configuration file or the command line.
bool isOff(Part part, const BackendSetup& setup) {
  return (part == Part::converter && !setup.converts) ||
         (part == Part::tracker && !setup.analyticsDir);
}

bool isAble(const Row& row, const BackendSetup& setup) {
  const ControlTarget& target = row.target;
  if (!isInGraph(target.part, setup) || isOff(target.part, setup)) {
    return false;
  }
  const char* factory = factoryOf(target.part, setup);
  const char* property = target.property.c_str();
  return target.property.empty() || isChangeable(factory, property) ||
         (row.documentedLive && hasProperty(factory, property));
}

struct NameOf {
  std::string operator()(const DropFrameInterval&) const { return "drop-frame-interval"; }
  std::string operator()(const SkipFrames&) const { return "skip-frames"; }
  std::string operator()(const LowLatencyMode&) const { return "low-latency-mode"; }
  std::string operator()(const EncoderBitrate&) const { return "bitrate"; }
  std::string operator()(const IframeInterval&) const { return "iframe-interval"; }
  std::string operator()(const SourceCrop&) const { return "srccrop"; }
  std::string operator()(const DestinationCrop&) const { return "destcrop"; }
  std::string operator()(const FlipMethod&) const { return "flip-method"; }
  std::string operator()(const InterpolationMethod&) const { return "interpolation-method"; }
  std::string operator()(const Rois&) const { return "roi"; }
  std::string operator()(const InferInterval&) const { return "infer-interval"; }
  std::string operator()(const OsdProcessMode&) const { return "osd-process-mode"; }
  std::string operator()(const TrackerConfig&) const { return "tracker-config"; }
  std::string operator()(const BatchedPushTimeout&) const { return "batched-push-timeout"; }
  std::string operator()(const MuxMaxLatency&) const { return "max-latency"; }
  std::string operator()(const AnalyticsReload&) const { return "analytics-reload"; }
  // What DeepStream has nothing of.
  template <class Other>
  std::string operator()(const Other&) const {
    return "";
  }
};

struct ValueOf {
  using Value = std::optional<PropertyValue>;

  Value operator()(const DropFrameInterval& setting) const { return number(setting.interval); }
  // Its numbers are those of the enum.
  Value operator()(const SkipFrames& setting) const {
    return number(static_cast<std::int64_t>(setting.skipped));
  }
  Value operator()(const LowLatencyMode& setting) const { return number(setting.on ? 1 : 0); }
  Value operator()(const SourceCrop& setting) const { return words(setting.area); }
  Value operator()(const DestinationCrop& setting) const { return words(setting.area); }
  Value operator()(const FlipMethod& setting) const { return number(setting.method); }
  Value operator()(const InterpolationMethod& setting) const { return number(setting.method); }
  Value operator()(const BatchedPushTimeout& setting) const { return number(setting.microseconds); }
  Value operator()(const MuxMaxLatency& setting) const {
    return number(static_cast<std::int64_t>(setting.nanoseconds));
  }
  template <class Other>
  Value operator()(const Other&) const {
    return std::nullopt;
  }

 private:
  static Value number(std::int64_t value) { return PropertyValue(value); }
};

template <class Setting>
std::optional<PropertyChange> changeFor(const Setting& setting) {
  auto value = std::visit(ValueOf{}, setting);
  if (!value) {
    return std::nullopt;
  }
  return PropertyChange{controlName(setting), std::move(*value)};
}

} // namespace

const char* factoryOf(Part part, const BackendSetup& setup) {
  switch (part) {
  case Part::decoder:
    return "nvv4l2decoder";
  case Part::converter:
    return "nvvideoconvert";
  case Part::mux:
    return "nvstreammux";
  case Part::preprocess:
    return "nvdspreprocess";
  case Part::infer:
    return "nvinfer";
  case Part::tracker:
    return "nvtracker";
  case Part::analytics:
    return "nvdsanalytics";
  case Part::osd:
    return "nvdsosd";
  case Part::encoder:
    return setup.codec == VideoCodec::h265 ? "nvv4l2h265enc" : "nvv4l2h264enc";
  }
  return "";
}

bool isInGraph(Part part, const BackendSetup& setup) {
  switch (part) {
  case Part::preprocess:
    // It prepares what nvinfer looks at.
    return setup.elementFiles.preprocess.has_value() && setup.elementFiles.infer.has_value();
  case Part::infer:
    return setup.elementFiles.infer.has_value();
  case Part::tracker:
    return setup.elementFiles.tracker.has_value() && setup.elementFiles.infer.has_value();
  case Part::analytics:
    return setup.elementFiles.analytics.has_value();
  case Part::encoder:
    return setup.encodes;
  default:
    return true;
  }
}

bool canEncode(VideoCodec codec) {
  return codec != VideoCodec::mpeg4;
}

std::vector<const char*> requiredElements(const BackendSetup& setup) {
  std::vector<const char*> names{
      "nvurisrcbin", "nvv4l2decoder", "nvvideoconvert", "nvstreammux",        "nvdspreprocess",
      "nvinfer",     "nvtracker",     "nvdsanalytics",  "nvmultistreamtiler", "nvdsosd"};
  if (isInGraph(Part::encoder, setup)) {
    names.push_back(factoryOf(Part::encoder, setup));
  }
  return names;
}

std::string missingElements(const BackendSetup& setup, const CanLoad& canLoad) {
  std::string missing;
  for (const char* name : requiredElements(setup)) {
    if (!canLoad(name)) {
      missing += missing.empty() ? name : std::string(" ") + name;
    }
  }
  return missing;
}

std::string foundVersions(const BackendSetup& setup) {
  std::string text;
  for (const char* name : requiredElements(setup)) {
    const GObjectPointer<GstElementFactory> factory(gst_element_factory_find(name));
    const GObjectPointer<GstPlugin> plugin(
        factory ? gst_plugin_feature_get_plugin(GST_PLUGIN_FEATURE(factory.get())) : nullptr);
    if (!plugin) {
      continue;
    }
    const char* file = gst_plugin_get_filename(plugin.get());
    const std::string path = file != nullptr ? file : "";
    text += (text.empty() ? "" : ", ") + std::string(name) + " " +
            gst_plugin_get_version(plugin.get()) + " (" + path.substr(path.rfind('/') + 1) + ")";
  }
  return text;
}

std::optional<ControlTarget> findControl(const BackendSetup& setup, const std::string& name) {
  const auto row = std::find_if(rows().begin(), rows().end(), [&](const Row& candidate) {
    return candidate.target.entry.name == name;
  });
  if (row == rows().end() || !isAble(*row, setup)) {
    return std::nullopt;
  }
  return row->target;
}

std::vector<ControlEntry> listControls(const BackendSetup& setup) {
  std::vector<ControlEntry> entries;
  for (const Row& row : rows()) {
    if (isAble(row, setup)) {
      entries.push_back(row.target.entry);
    }
  }
  return entries;
}

std::string controlName(const StreamSetting& setting) {
  return std::visit(NameOf{}, setting);
}

std::string controlName(const HostSetting& setting) {
  return std::visit(NameOf{}, setting);
}

std::optional<PropertyChange> propertyFor(const StreamSetting& setting) {
  return changeFor(setting);
}

std::optional<PropertyChange> propertyFor(const HostSetting& setting) {
  return changeFor(setting);
}

} // namespace sightline::deepstream
