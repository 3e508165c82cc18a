#include "software/backend.h"

#include "gstreamer/encoder-codec.h"
#include "pipeline/log.h"
#include "software/controls.h"
#include "software/jpeg.h"

#include <utility>

namespace sightline {

namespace {

BackendSetup completed(BackendSetup setup) {
  if (!setup.trust) {
    setup.trust = TlsTrust::load("");
  }
  return setup;
}

} // namespace

SoftwareBackend::SoftwareBackend(BackendSetup setup, const SourceRule& rule, EventLog& events,
                                 RtspServer& rtsp)
    : setup_(completed(std::move(setup))), rule_(rule), events_(events), rtsp_(rtsp),
      vision_(events, setup_.analyticsDir),
      roster_(setup_, rule, events,
              {[this](const auto& entry, const auto& url) { return make(entry, url); },
               [this](const auto& entry) { rtsp_.unmount(entry.cameraId); }}) {
  if (setup_.batchedPushTimeout) {
    vision_.set(HostSetting(*setup_.batchedPushTimeout));
  }
}

std::shared_ptr<Stream> SoftwareBackend::make(const StreamEntry& entry, const std::string& url) {
  const auto giveUp = [this](const Stream& stream, RemoveReason reason, const StreamError& error) {
    roster_.onGivenUp(stream, reason, error);
  };
  auto stream = std::make_shared<Stream>(
      entry, url,
      Stream::Place{rule_, events_, vision_, setup_, [this] { roster_.onEnded(); }, giveUp});
  if (setup_.encodes) {
    rtsp_.mount(entry.cameraId, stream->output());
  }
  return stream;
}

ChangeResult SoftwareBackend::set(const SetOnStream& request) {
  const auto stream = roster_.byRef(request.stream);
  if (stream == nullptr) {
    return ChangeResult::unknownSource;
  }
  const ChangeResult result = stream->set(request.setting);
  if (result == ChangeResult::done) {
    logChange(stream->entry(), describe(request.setting), request.requestId);
  }
  return result;
}

ChangeResult SoftwareBackend::set(const SetOnHost& request) {
  if (!vision_.set(request.setting)) {
    return ChangeResult::unsupported;
  }
  logInfo("host", describe(request.setting) + " (request " + request.requestId + ")");
  return ChangeResult::done;
}

ChangeResult SoftwareBackend::force(const ForceKeyFrame& request) {
  const auto stream = roster_.bySource(request.sourceId);
  if (stream == nullptr) {
    return ChangeResult::unknownSource;
  }
  // No encoder here makes an I-picture that is no IDR when asked for one; an IDR is both.
  if (!stream->forceIdr()) {
    return ChangeResult::unsupported;
  }
  logChange(stream->entry(), request.kind == KeyFrame::idr ? "force-idr" : "force-intra",
            request.requestId);
  return ChangeResult::done;
}

SendResult SoftwareBackend::send(const SendEvent& request) {
  const auto stream = roster_.bySource(request.sourceId);
  if (stream == nullptr) {
    return SendResult::unknownSource;
  }
  const SendResult result = stream->send(request);
  if (result == SendResult::queued) {
    logChange(stream->entry(), std::string("event ") + gst_structure_get_name(request.event.get()),
              request.requestId);
  }
  return result;
}

OutputAnswer SoftwareBackend::set(const SetOutput& request) {
  const auto stream = roster_.byCamera(request.cameraId);
  if (stream == nullptr) {
    return {OutputResult::unknownStream};
  }
  if (request.codec && !isAvailable(*request.codec)) {
    return {OutputResult::unsupported,
            std::string("this host has no encoder for ") + codecName(*request.codec)};
  }
  if (!setup_.encodes) {
    return {OutputResult::unsupported, "the configuration file has switched the encoder off"};
  }
  std::unique_ptr<RecordingFile> file;
  if (request.recording && !request.recording->empty()) {
    if (!setup_.recordingsDir) {
      return {OutputResult::unsupported,
              "this host has no folder for recordings; start it with --recordings-dir"};
    }
    auto created = RecordingFile::create(*setup_.recordingsDir, *request.recording);
    if (const auto* refusal = std::get_if<RecordingFile::Refusal>(&created)) {
      const bool exists = refusal->failure == RecordingFile::Failure::exists;
      return {exists ? OutputResult::exists : OutputResult::failed, refusal->text};
    }
    file = std::move(std::get<std::unique_ptr<RecordingFile>>(created));
  }
  const auto carryOut = [&](const StreamSetting& setting) {
    stream->set(setting);
    logChange(stream->entry(), describe(setting), request.requestId);
  };
  if (request.codec) {
    carryOut(EncoderCodec{*request.codec});
  }
  if (request.iframeInterval) {
    carryOut(*request.iframeInterval);
  }
  if (request.recording) {
    const std::string change = file ? "recording into " + file->name() : "recording ends";
    if (!stream->record(std::move(file))) {
      return {OutputResult::unknownStream};
    }
    logChange(stream->entry(), change, request.requestId);
  }
  const StreamStatus status = stream->status();
  return {OutputResult::done, "", status.applied.codec, status.output.recording};
}

BackendAbout SoftwareBackend::about() const {
  return {"software", setup_.maxSources, rtsp_.port(), controlsOf(setup_),
          setup_.encodes ? availableCodecs() : std::vector<VideoCodec>{}};
}

std::vector<StreamStatus> SoftwareBackend::streams() const {
  std::vector<StreamStatus> result;
  for (const auto& stream : roster_.all()) {
    result.push_back(stream->status());
    if (setup_.encodes) {
      result.back().output.rtspUrl = rtsp_.url(stream->entry().cameraId);
    }
  }
  return result;
}

Snapshot SoftwareBackend::snapshot(const std::string& cameraId) const {
  Snapshot snapshot;
  const auto stream = roster_.byCamera(cameraId);
  if (stream == nullptr) {
    snapshot.result = SnapshotResult::unknownStream;
    return snapshot;
  }
  const SamplePointer frame = stream->newestFrame(snapshot.frameAtMs);
  if (frame) {
    snapshot.jpeg = encodeJpeg(frame.get());
  }
  snapshot.result = snapshot.jpeg.empty() ? SnapshotResult::noFrame : SnapshotResult::ok;
  return snapshot;
}

PreviewAnswer SoftwareBackend::preview(const std::string& cameraId,
                                       unsigned picturesPerSecond) const {
  const auto stream = roster_.byCamera(cameraId);
  if (stream == nullptr) {
    return {SnapshotResult::unknownStream, nullptr};
  }
  std::shared_ptr<Preview> preview = stream->pictures()->watch(picturesPerSecond);
  return {preview ? SnapshotResult::ok : SnapshotResult::noFrame, preview};
}

} // namespace sightline
