// What can be set on a running stream, and which of its parts carries it out.
#include "gstreamer/encoder-codec.h"
#include "pipeline/limits.h"
#include "pipeline/url.h"
#include "software/stream.h"

namespace sightline {

namespace {

template <class... Kinds>
bool isOneOf(const StreamSetting& setting) {
  return (std::holds_alternative<Kinds>(setting) || ...);
}

// The configuration file may have switched them off.
bool isOff(const StreamSetting& setting, const BackendSetup& setup) {
  const bool isOfEncoder = isOneOf<EncoderCodec, EncoderBitrate, IframeInterval>(setting);
  const bool isOfConverter =
      isOneOf<SourceCrop, DestinationCrop, FlipMethod, InterpolationMethod>(setting);
  return (isOfEncoder && !setup.encodes) || (isOfConverter && !setup.converts);
}

ChangeResult resultOf(bool isDone) {
  return isDone ? ChangeResult::done : ChangeResult::unsupported;
}
ChangeResult resultOf(ChangeResult result) {
  return result;
}

bool comesInPackets(const std::string& url) {
  const auto parsed = parseSourceUrl(url);
  return parsed && parsed->scheme != SourceScheme::file && parsed->scheme != SourceScheme::fake;
}

} // namespace

ChangeResult Stream::set(const StreamSetting& setting) {
  if (isOff(setting, place_.setup)) {
    return ChangeResult::unsupported;
  }
  const std::lock_guard lock(settingMutex_);
  return std::visit([this](const auto& given) { return resultOf(apply(given)); }, setting);
}

SendResult Stream::send(const SendEvent& request) {
  if (interception_.factories().empty()) {
    return SendResult::unsupported;
  }
  const bool isTaken =
      life_.state() == StreamState::running && interception_.send(request.event, request.isHeld);
  return isTaken ? SendResult::queued : SendResult::notPushed;
}

bool Stream::apply(const DropFrameInterval& setting) {
  tap_.setDropInterval(setting.interval);
  return true;
}

bool Stream::apply(const SkipFrames& setting) {
  skip_.set(setting.skipped);
  return true;
}

bool Stream::apply(const LowLatencyMode& setting) {
  // Only packets are waited for, and connecting again would begin a recording anew.
  if (setting.on && !comesInPackets(url_)) {
    return false;
  }
  if (lowLatency_.exchange(setting.on) != setting.on) {
    notes_.push({Note::Kind::sourceOutdated});
  }
  return true;
}

bool Stream::apply(const EncoderCodec& setting) {
  if (!encoder_.setCodec(setting.codec)) {
    return false;
  }
  if (output_->codec() != setting.codec) {
    output_->setCodec(setting.codec);
    // A file holds one codec.
    recordings_.end();
  }
  return true;
}

bool Stream::record(std::unique_ptr<RecordingFile> file) {
  // What is begun is of the codec that the output has.
  const std::lock_guard lock(settingMutex_);
  if (!file) {
    recordings_.end();
    return true;
  }
  if (!recordings_.begin(std::move(file), output_->codec())) {
    return false;
  }
  encoder_.forceIdr();
  return true;
}

bool Stream::apply(const EncoderBitrate& setting) {
  return encoder_.setBitrate(setting.bitsPerSecond);
}

bool Stream::apply(const IframeInterval& setting) {
  encoder_.setIframeInterval(setting.frames);
  return true;
}

bool Stream::apply(const SourceCrop& setting) {
  Geometry geometry = converter_.geometry();
  geometry.source = setting.area;
  converter_.setGeometry(geometry);
  return true;
}

bool Stream::apply(const DestinationCrop& setting) {
  Geometry geometry = converter_.geometry();
  geometry.destination = setting.area;
  converter_.setGeometry(geometry);
  return true;
}

bool Stream::apply(const FlipMethod& setting) {
  if (setting.method > limits::flipMethodMax) {
    return false;
  }
  Geometry geometry = converter_.geometry();
  geometry.flip = setting.method;
  converter_.setGeometry(geometry);
  return true;
}

bool Stream::apply(const InterpolationMethod& setting) {
  if (setting.method > limits::interpolationMethodMax) {
    return false;
  }
  Geometry geometry = converter_.geometry();
  geometry.interpolation = setting.method;
  converter_.setGeometry(geometry);
  return true;
}

AppliedSettings Stream::applied() const {
  const EncoderSettings encoder = encoder_.settings();
  const Geometry geometry = converter_.geometry();
  AppliedSettings applied;
  applied.dropFrameInterval = tap_.dropInterval();
  applied.skipFrames = skip_.skipped();
  applied.lowLatencyMode = lowLatency_;
  applied.codec = encoder.codec;
  applied.bitrate = hasBitrate(encoder.codec) ? encoder.bitsPerSecond : 0;
  applied.iframeInterval = encoder.iframeInterval;
  applied.sourceCrop = geometry.source;
  applied.destinationCrop = geometry.destination;
  applied.flipMethod = geometry.flip;
  applied.interpolationMethod = geometry.interpolation;
  applied.detectors = vision_->detectors();
  return applied;
}

} // namespace sightline
