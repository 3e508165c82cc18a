#include "deepstream/backend.h"

#include "deepstream/property.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <utility>

namespace sightline::deepstream {

Backend::Backend(BackendSetup setup, Place place)
    : setup_(std::move(setup)), place_(place), configFolder_(setup_.analyticsDir),
      graph_(
          setup_, [output = output_](GstSample* unit, bool idr) { output->deliver(unit, idr); },
          [this] {
            const std::lock_guard lock(mutex_);
            settingsWanted_ = true;
            wanted_.notify_one();
          }),
      roster_(setup_, place.rule, place.events,
              {[this](const auto& entry, const auto& url) { return make(entry, url); },
               [this](const auto& entry) {
                 const std::lock_guard lock(mutex_);
                 sent_.forget(entry.sourceId);
               }}) {
  output_->setCodec(setup_.codec);
  // An event waits for the thread that delivers pictures, and that waits for the output's clients:
  // whoever joins may not send it.
  output_->setIdrRequest([this] {
    const std::lock_guard lock(mutex_);
    idrWanted_ = true;
    wanted_.notify_one();
  });
  worker_ = std::thread([this] { work(); });
}

std::unique_ptr<Backend> Backend::start(BackendSetup setup, Place place) {
  std::unique_ptr<Backend> backend(new Backend(std::move(setup), place));
  if (!backend->graph_.start()) {
    logError("deepstream", "the pipeline does not start: " + backend->graph_.failure());
    return nullptr;
  }
  if (backend->setup_.encodes) {
    place.rtsp.mount(outputName, backend->output_);
  }
  return backend;
}

Backend::~Backend() {
  stop();
}

std::shared_ptr<Stream> Backend::make(const StreamEntry& entry, const std::string& url) {
  const auto giveUp = [this](const Stream& stream, RemoveReason reason, const StreamError& error) {
    roster_.onGivenUp(stream, reason, error);
  };
  return std::make_shared<Stream>(entry, url,
                                  Stream::Place{place_.rule, place_.events, graph_, setup_,
                                                [this] { roster_.onEnded(); }, giveUp});
}

void Backend::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wanted_.wait(lock, [this] { return stopping_ || idrWanted_ || settingsWanted_; });
    const bool sendsIdr = std::exchange(idrWanted_, false);
    std::vector<SentSettings::Sent> again;
    if (std::exchange(settingsWanted_, false)) {
      again = sent_.afterRestart(graph_.restartedMs());
    }
    lock.unlock();
    for (const auto& sent : again) {
      const auto located = locate(sent.setting);
      if (!located || !graph_.send(sent.target.part, eventFor(sent.sourceId, *located))) {
        logWarn("deepstream",
                "the pipeline has started again and not taken " + describe(sent.setting));
      }
    }
    if (sendsIdr) {
      graph_.send(Part::encoder, eventFor(0, KeyFrame::idr));
    }
    lock.lock();
  }
}

void Backend::stop() {
  place_.rtsp.unmount(outputName);
  output_->close();
  roster_.stop();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    wanted_.notify_one();
  }
  if (worker_.joinable()) {
    worker_.join();
  }
}

ChangeResult Backend::set(const SetOnStream& request) {
  const auto stream = roster_.byRef(request.stream);
  if (stream == nullptr) {
    return ChangeResult::unknownSource;
  }
  if (!carryOut(*stream, request.setting)) {
    return ChangeResult::unsupported;
  }
  logChange(stream->entry(), describe(request.setting), request.requestId);
  return ChangeResult::done;
}

bool Backend::carryOut(Stream& stream, const StreamSetting& setting) {
  const auto target = findControl(setup_, controlName(setting));
  if (!target) {
    return false;
  }
  if (const auto change = propertyFor(setting)) {
    return stream.set(*target, change->value, setting);
  }
  const auto located = locate(setting);
  if (!located) {
    return false;
  }
  std::uint64_t attempt = 0;
  {
    const std::lock_guard lock(mutex_);
    attempt = sent_.attempt(monotonicMs());
  }
  if (!graph_.send(target->part, eventFor(stream.entry().sourceId, *located))) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  sent_.add({*target, stream.entry().sourceId, setting, attempt});
  return true;
}

std::optional<StreamSetting> Backend::locate(const StreamSetting& setting) const {
  const auto* tracker = std::get_if<TrackerConfig>(&setting);
  if (tracker == nullptr) {
    return setting;
  }
  const auto path = configFolder_.find(tracker->path);
  return path ? std::optional<StreamSetting>(TrackerConfig{*path}) : std::nullopt;
}

ChangeResult Backend::set(const SetOnHost& request) {
  const auto target = findControl(setup_, controlName(request.setting));
  if (!target) {
    return ChangeResult::unsupported;
  }
  const auto change = propertyFor(request.setting);
  const bool isDone =
      change ? setProperty(graph_.part(target->part), target->property.c_str(), change->value)
             : graph_.send(target->part, analyticsReloadEvent(*setup_.elementFiles.analytics));
  if (!isDone) {
    return ChangeResult::unsupported;
  }
  logInfo("host", describe(request.setting) + " (request " + request.requestId + ")");
  return ChangeResult::done;
}

ChangeResult Backend::force(const ForceKeyFrame& request) {
  const auto stream = roster_.bySource(request.sourceId);
  if (stream == nullptr) {
    return ChangeResult::unknownSource;
  }
  if (!graph_.send(Part::encoder, eventFor(request.sourceId, request.kind))) {
    return ChangeResult::unsupported;
  }
  logChange(stream->entry(), request.kind == KeyFrame::idr ? "force-idr" : "force-intra",
            request.requestId);
  return ChangeResult::done;
}

OutputAnswer Backend::set(const SetOutput& request) {
  const auto stream = roster_.byCamera(request.cameraId);
  if (stream == nullptr) {
    return {OutputResult::unknownStream};
  }
  if (request.codec || request.recording || !request.iframeInterval) {
    return {OutputResult::unsupported,
            "the output of all streams keeps its codec, and is not recorded"};
  }
  if (!carryOut(*stream, *request.iframeInterval)) {
    return {OutputResult::unsupported, "the encoder of all streams does not take it now"};
  }
  logChange(stream->entry(), describe(*request.iframeInterval), request.requestId);
  return {OutputResult::done, "", setup_.codec};
}

SendResult Backend::send(const SendEvent& request) {
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

BackendAbout Backend::about() const {
  const auto codecs = setup_.encodes ? std::vector{setup_.codec} : std::vector<VideoCodec>{};
  return {"deepstream", setup_.maxSources, place_.rtsp.port(), listControls(setup_), codecs};
}

std::vector<StreamStatus> Backend::streams() const {
  // Before the lock: whoever joins the output holds its lock and then wants this one.
  OutputStatus output;
  if (setup_.encodes) {
    output.rtspUrl = place_.rtsp.url(outputName);
  }
  output.clients = output_->clients();
  output.bytesOut = output_->bytesOut();
  output.idrFrames = graph_.idrFrames();
  std::vector<StreamStatus> result;
  for (const auto& stream : roster_.all()) {
    StreamStatus status = stream->status();
    status.output = output;
    result.push_back(std::move(status));
  }
  const std::lock_guard lock(mutex_);
  const auto* bitrate = sent_.find<EncoderBitrate>();
  const auto* interval = sent_.find<IframeInterval>();
  const auto* tracker = sent_.find<TrackerConfig>();
  for (StreamStatus& status : result) {
    status.applied.codec = setup_.codec;
    status.applied.bitrate = bitrate != nullptr ? bitrate->bitsPerSecond : limits::encoderBitrate;
    status.applied.iframeInterval = interval != nullptr ? interval->frames : std::nullopt;
    // DeepStream's detectors are those of nvinfer's file.
    status.applied.detectors.kinds.clear();
    status.applied.detectors.trackerConfig = tracker != nullptr ? tracker->path : "";
  }
  return result;
}

std::optional<SharedSettings> Backend::shared() const {
  GstElement* mux = graph_.part(Part::mux);
  const auto timeout = readNumber(mux, "batched-push-timeout");
  const auto latency = readNumber(mux, "max-latency");
  if (!timeout || !latency) {
    return std::nullopt;
  }
  return SharedSettings{{*timeout}, {static_cast<std::uint64_t>(*latency)}};
}

Snapshot Backend::snapshot(const std::string& cameraId) const {
  Snapshot snapshot;
  snapshot.result =
      roster_.byCamera(cameraId) ? SnapshotResult::noFrame : SnapshotResult::unknownStream;
  return snapshot;
}

PreviewAnswer Backend::preview(const std::string& cameraId, unsigned) const {
  return {snapshot(cameraId).result, nullptr};
}

} // namespace sightline::deepstream
