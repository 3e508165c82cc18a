#include "pipeline/settings.h"

namespace sightline {

std::string words(const Area& area) {
  return std::to_string(area.left) + ":" + std::to_string(area.top) + ":" +
         std::to_string(area.width) + ":" + std::to_string(area.height);
}

const char* codecName(VideoCodec codec) {
  switch (codec) {
  case VideoCodec::h264:
    return "h264";
  case VideoCodec::h265:
    return "h265";
  case VideoCodec::mpeg4:
    return "mpeg4";
  }
  return "h264";
}

namespace {

struct Describe {
  std::string operator()(const DropFrameInterval& setting) const {
    return "drop-frame-interval " + std::to_string(setting.interval);
  }
  std::string operator()(const SkipFrames& setting) const {
    return "skip-frames " + std::to_string(static_cast<int>(setting.skipped));
  }
  std::string operator()(const LowLatencyMode& setting) const {
    return std::string("low-latency-mode ") + (setting.on ? "on" : "off");
  }
  std::string operator()(const EncoderCodec& setting) const {
    return std::string("encoder codec ") + codecName(setting.codec);
  }
  std::string operator()(const EncoderBitrate& setting) const {
    return "bitrate " + std::to_string(setting.bitsPerSecond);
  }
  std::string operator()(const IframeInterval& setting) const {
    return "iframe-interval " + (setting.frames ? std::to_string(*setting.frames) : "by time");
  }
  std::string operator()(const SourceCrop& setting) const {
    return "srccrop " + words(setting.area);
  }
  std::string operator()(const DestinationCrop& setting) const {
    return "destcrop " + words(setting.area);
  }
  std::string operator()(const FlipMethod& setting) const {
    return "flip-method " + std::to_string(setting.method);
  }
  std::string operator()(const InterpolationMethod& setting) const {
    return "interpolation-method " + std::to_string(setting.method);
  }
  std::string operator()(const Rois& setting) const {
    return std::to_string(setting.rois.size()) + " regions of interest";
  }
  std::string operator()(const InferInterval& setting) const {
    return "infer interval " + std::to_string(setting.interval);
  }
  std::string operator()(const Detectors& setting) const {
    std::string text = "detectors";
    for (const DetectorKind kind : setting.kinds) {
      text += " " + detectorName(kind);
    }
    return text + ", " + std::to_string(setting.rois.size()) + " regions, interval " +
           std::to_string(setting.interval) + (setting.osd ? ", drawn" : "") +
           (setting.trackerConfig.empty() ? "" : ", tracker " + setting.trackerConfig);
  }
  std::string operator()(const OsdProcessMode& setting) const {
    return std::string("osd process-mode ") +
           (setting.processor == OsdProcessor::cpu ? "cpu" : "gpu");
  }
  std::string operator()(const TrackerConfig& setting) const {
    return "tracker configuration " + setting.path;
  }
  std::string operator()(const BatchedPushTimeout& setting) const {
    return "batched-push-timeout " + std::to_string(setting.microseconds);
  }
  std::string operator()(const MuxMaxLatency& setting) const {
    return "max-latency " + std::to_string(setting.nanoseconds);
  }
  std::string operator()(const AnalyticsReload&) const { return "analytics file read again"; }
};

} // namespace

std::string detectorName(DetectorKind kind) {
  switch (kind) {
  case DetectorKind::motion:
    return "motion";
  case DetectorKind::face:
    return "face";
  case DetectorKind::body:
    return "body";
  }
  return "motion";
}

std::string describe(const StreamSetting& setting) {
  return std::visit(Describe{}, setting);
}

std::string describe(const HostSetting& setting) {
  return std::visit(Describe{}, setting);
}

} // namespace sightline
