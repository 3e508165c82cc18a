#include "software/backend.h"

#include "pipeline/failpoint.h"
#include "pipeline/log.h"
#include "software/encoder-codec.h"
#include "software/jpeg.h"

#include <algorithm>

namespace sightline {

namespace {

void logChange(const StreamEntry& entry, const std::string& text, const std::string& requestId) {
  logInfo("stream " + entry.cameraId, text + " (request " + requestId + ")");
}

} // namespace

SoftwareBackend::SoftwareBackend(Limits limits, const SourceRule& rule, EventLog& events,
                                 RtspServer& rtsp)
    : maxSources_(limits.maxSources), interceptors_(std::move(limits.interceptors)),
      trust_(std::move(limits.trust)), recordingsDir_(std::move(limits.recordingsDir)), rule_(rule),
      events_(events), rtsp_(rtsp), vision_(events, std::move(limits.analyticsDir)),
      slots_(maxSources_), reaper_([this] { reap(); }) {}

SoftwareBackend::~SoftwareBackend() {
  stop();
}

AddResult SoftwareBackend::add(const AddStream& request) {
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return AddResult::stopping;
  }
  // DeepStream's order: at capacity, a duplicate hears of the capacity.
  if (streams_.size() >= static_cast<std::size_t>(maxSources_)) {
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
  streams_.push_back(std::make_unique<Stream>(
      entry, request.url, Stream::Place{rule_, events_, vision_, interceptors_, trust_}));
  rtsp_.mount(entry.cameraId, streams_.back()->output());
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
  retire(found, "request");
  return true;
}

void SoftwareBackend::retire(Streams::iterator place, const char* reason) {
  Stream& stream = **place;
  rtsp_.unmount(stream.entry().cameraId);
  stream.stop();
  slots_.release(stream.entry().sourceId);
  Event event;
  event.kind = "removed";
  event.cameraId = stream.entry().cameraId;
  event.sourceId = stream.entry().sourceId;
  event.reason = reason;
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
      retire(streams_.begin(), "quit");
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
  std::unique_ptr<RecordingFile> file;
  if (request.recording && !request.recording->empty()) {
    if (!recordingsDir_) {
      return {OutputResult::unsupported,
              "this host has no folder for recordings; start it with --recordings-dir"};
    }
    auto created = RecordingFile::create(*recordingsDir_, *request.recording);
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
  BackendAbout about{
      "software",
      maxSources_,
      rtsp_.port(),
      {{"drop-frame-interval", "stream", "every Nth decoded frame passes, at once; 0 is all"},
       {"skip-frames", "stream",
        "0 decodes all; 1 leaves out pictures that no other refers to; 2 decodes key frames only"},
       {"low-latency-mode", "stream",
        "connects anew and waits for no late packet; not for recordings"},
       {"codec", "stream", "encodes anew; clients of the output are ended and may come again"},
       {"bitrate", "stream",
        "H.264 at once; H.265 with a new encoder, from an IDR on; not for MPEG-4"},
       {"iframe-interval", "stream",
        "exact from the next picture on; 0 is only those asked for; until it is set, every 2 s"},
       {"force-idr", "stream", "the next encoded picture is an IDR, in MPEG-4 an I-VOP"},
       {"force-intra", "stream", "the same as force-idr"},
       {"srccrop", "stream", "clamped to the decoded picture and scaled to the output"},
       {"destcrop", "stream", "clamped to the output picture; around it the old pixels stay"},
       {"flip-method", "stream", "the output keeps its size; a turned picture is scaled to it"},
       {"interpolation-method", "stream",
        "where something is scaled: 0 and 6 nearest, 1 linear, 2 cubic, 3 sinc, 4 Lanczos, 5 with "
        "8 taps"},
       {"detectors", "stream", "motion, face and body, their regions and interval, all at once"},
       {"roi", "stream", "the detectors look only there, in pixels of the output"},
       {"infer-interval", "stream", "the detectors look at one picture and leave so many out"},
       {"osd-process-mode", "stream", "0 draws what is found into the pictures; 1 cannot be"},
       {"batched-push-timeout", "device",
        "how long the detectors wait for a picture of each stream"},
       {"max-latency", "device", "how much longer they wait for a late one"}},
      availableCodecs()};
  if (vision_.hasFolder()) {
    about.controls.push_back(
        {"tracker-config", "stream", "maximal age, probation and overlap from a tracker's YAML"});
    about.controls.push_back(
        {"analytics-reload", "device", "regions and lines of config_nvdsanalytics.txt, read anew"});
  }
  return about;
}

std::vector<StreamStatus> SoftwareBackend::streams() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamStatus> result;
  for (const auto& stream : streams_) {
    result.push_back(stream->status());
    result.back().output.rtspUrl = rtsp_.url(stream->entry().cameraId);
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
