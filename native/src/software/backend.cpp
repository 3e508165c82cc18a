#include "software/backend.h"

#include "pipeline/failpoint.h"
#include "pipeline/log.h"
#include "software/controls.h"
#include "software/encoder-codec.h"
#include "software/jpeg.h"

#include <algorithm>

namespace sightline {

namespace {

void logChange(const StreamEntry& entry, const std::string& text, const std::string& requestId) {
  logInfo("stream " + entry.cameraId, text + " (request " + requestId + ")");
}

BackendSetup completed(BackendSetup setup) {
  if (!setup.trust) {
    setup.trust = TlsTrust::load("");
  }
  return setup;
}

const char* reasonName(RemoveReason reason) {
  switch (reason) {
  case RemoveReason::request:
    return "request";
  case RemoveReason::quit:
    return "quit";
  case RemoveReason::sourceFailed:
    return "source-failed";
  case RemoveReason::attemptsExceeded:
    return "attempts-exceeded";
  }
  return "";
}

} // namespace

SoftwareBackend::SoftwareBackend(BackendSetup setup, const SourceRule& rule, EventLog& events,
                                 RtspServer& rtsp)
    : setup_(completed(std::move(setup))), rule_(rule), events_(events), rtsp_(rtsp),
      vision_(events, setup_.analyticsDir), slots_(setup_.maxSources), reaper_([this] { reap(); }) {
  if (setup_.batchedPushTimeout) {
    vision_.set(HostSetting(*setup_.batchedPushTimeout));
  }
}

SoftwareBackend::~SoftwareBackend() {
  stop();
}

AddResult SoftwareBackend::add(const AddStream& request) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return AddResult::stopping;
  }
  // DeepStream's order: at capacity, a duplicate hears of the capacity.
  if (streams_.size() >= static_cast<std::size_t>(setup_.maxSources)) {
    return AddResult::atCapacity;
  }
  if (findByCamera(request.cameraId) != nullptr) {
    return AddResult::duplicate;
  }
  passFailpoint("abort-on-add", request.cameraId);
  const StreamEntry entry{request.cameraId, request.cameraName,
                          slots_.take(request.cameraId).value()};
  logChange(entry, "added as source " + std::to_string(entry.sourceId) + ", " + request.url,
            request.requestId);
  Event event;
  event.kind = "added";
  event.cameraId = entry.cameraId;
  event.sourceId = entry.sourceId;
  events_.append(std::move(event));
  const auto giveUp = [this](const Stream& stream, RemoveReason reason, const StreamError& error) {
    onGivenUp(stream, reason, error);
  };
  streams_.push_back(std::make_unique<Stream>(
      entry, request.url,
      Stream::Place{rule_, events_, vision_, setup_, [this] { onEnded(); }, giveUp}));
  if (setup_.encodes) {
    rtsp_.mount(entry.cameraId, streams_.back()->output());
  }
  return AddResult::added;
}

bool SoftwareBackend::remove(const RemoveStream& request) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return stream->entry().cameraId == request.cameraId && stream->url() == request.url;
  });
  if (found == streams_.end()) {
    return false;
  }
  logChange((*found)->entry(), "removed", request.requestId);
  retire(found, RemoveReason::request);
  if (!streams_.empty()) {
    endWithSources();
  }
  return true;
}

void SoftwareBackend::onEnded() const {
  const std::lock_guard lock(mutex_);
  endWithSources();
}

void SoftwareBackend::onGivenUp(const Stream& stream, RemoveReason reason,
                                const StreamError& error) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& entry) { return entry.get() == &stream; });
  // It may be leaving already.
  if (found != streams_.end()) {
    retire(found, reason, error);
    endWithSources();
  }
}

// A source that was given up has ended, too.
void SoftwareBackend::endWithSources() const {
  if (setup_.atEnd && !stopping_ &&
      std::all_of(streams_.begin(), streams_.end(),
                  [](const auto& stream) { return stream->isEnded(); })) {
    logInfo("host", "all sources have ended");
    setup_.atEnd();
  }
}

void SoftwareBackend::retire(Streams::iterator place, RemoveReason reason,
                             std::optional<StreamError> error) {
  Stream& stream = **place;
  if (setup_.encodes) {
    rtsp_.unmount(stream.entry().cameraId);
  }
  stream.stop();
  slots_.release(stream.entry().sourceId);
  Event event;
  event.kind = "removed";
  event.cameraId = stream.entry().cameraId;
  event.sourceId = stream.entry().sourceId;
  event.reason = reasonName(reason);
  event.error = std::move(error);
  events_.append(std::move(event));
  leaving_.push_back(std::move(*place));
  streams_.erase(place);
  retired_.notify_one();
}

void SoftwareBackend::reap() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !leaving_.empty()) {
    retired_.wait(lock, [this] { return stopping_ || !leaving_.empty(); });
    Streams leaving;
    leaving.swap(leaving_);
    lock.unlock();
    leaving.clear();
    lock.lock();
  }
}

void SoftwareBackend::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    while (!streams_.empty()) {
      retire(streams_.begin(), RemoveReason::quit);
    }
    retired_.notify_one();
  }
  if (reaper_.joinable()) {
    reaper_.join();
  }
}

std::vector<StreamEntry> SoftwareBackend::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamEntry> entries;
  std::transform(streams_.rbegin(), streams_.rend(), std::back_inserter(entries),
                 [](const auto& stream) { return stream->entry(); });
  return entries;
}

Stream* SoftwareBackend::findBySource(int sourceId) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return stream->entry().sourceId == sourceId;
  });
  return found == streams_.end() ? nullptr : found->get();
}

Stream* SoftwareBackend::findByCamera(const std::string& cameraId) const {
  const auto found = std::find_if(streams_.begin(), streams_.end(), [&](const auto& stream) {
    return stream->entry().cameraId == cameraId;
  });
  return found == streams_.end() ? nullptr : found->get();
}

ChangeResult SoftwareBackend::set(const SetOnStream& request) {
  const std::lock_guard lock(mutex_);
  Stream* stream = findBySource(request.sourceId);
  if (stream == nullptr) {
    return ChangeResult::unknownSource;
  }
  if (!stream->set(request.setting)) {
    return ChangeResult::unsupported;
  }
  logChange(stream->entry(), describe(request.setting), request.requestId);
  return ChangeResult::done;
}

ChangeResult SoftwareBackend::set(const SetOnHost& request) {
  if (!vision_.set(request.setting)) {
    return ChangeResult::unsupported;
  }
  logInfo("host", describe(request.setting) + " (request " + request.requestId + ")");
  return ChangeResult::done;
}

ChangeResult SoftwareBackend::force(const ForceKeyFrame& request) {
  const std::lock_guard lock(mutex_);
  Stream* stream = findBySource(request.sourceId);
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
  const std::lock_guard lock(mutex_);
  Stream* stream = findBySource(request.sourceId);
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
  const std::lock_guard lock(mutex_);
  Stream* stream = findByCamera(request.cameraId);
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
  if (request.codec) {
    stream->set(EncoderCodec{*request.codec});
    logChange(stream->entry(), describe(EncoderCodec{*request.codec}), request.requestId);
  }
  if (request.recording) {
    logChange(stream->entry(), file ? "recording into " + file->name() : "recording ends",
              request.requestId);
    stream->record(std::move(file));
  }
  const StreamStatus status = stream->status();
  return {OutputResult::done, "", status.applied.codec, status.output.recording};
}

BackendAbout SoftwareBackend::about() const {
  return {"software", setup_.maxSources, rtsp_.port(), controlsOf(setup_),
          setup_.encodes ? availableCodecs() : std::vector<VideoCodec>{}};
}

std::vector<StreamStatus> SoftwareBackend::streams() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamStatus> result;
  for (const auto& stream : streams_) {
    result.push_back(stream->status());
    if (setup_.encodes) {
      result.back().output.rtspUrl = rtsp_.url(stream->entry().cameraId);
    }
  }
  return result;
}

Snapshot SoftwareBackend::snapshot(const std::string& cameraId) const {
  Snapshot snapshot;
  SamplePointer frame;
  {
    const std::lock_guard lock(mutex_);
    const Stream* stream = findByCamera(cameraId);
    if (stream == nullptr) {
      snapshot.result = SnapshotResult::unknownStream;
      return snapshot;
    }
    frame = stream->newestFrame(snapshot.frameAtMs);
  }
  if (frame) {
    snapshot.jpeg = encodeJpeg(frame.get());
  }
  snapshot.result = snapshot.jpeg.empty() ? SnapshotResult::noFrame : SnapshotResult::ok;
  return snapshot;
}

PreviewAnswer SoftwareBackend::preview(const std::string& cameraId,
                                       unsigned picturesPerSecond) const {
  std::shared_ptr<PictureFeed> feed;
  {
    const std::lock_guard lock(mutex_);
    const Stream* stream = findByCamera(cameraId);
    if (stream == nullptr) {
      return {SnapshotResult::unknownStream, nullptr};
    }
    feed = stream->pictures();
  }
  std::shared_ptr<Preview> preview = feed->watch(picturesPerSecond);
  return {preview ? SnapshotResult::ok : SnapshotResult::noFrame, preview};
}

} // namespace sightline
