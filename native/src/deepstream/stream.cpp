#include "deepstream/stream.h"

#include "deepstream/property.h"
#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/url.h"

#include <utility>

namespace sightline::deepstream {

namespace {

// What its own elements were set to.
struct Remember {
  AppliedSettings& applied;

  void operator()(const DropFrameInterval& setting) const {
    applied.dropFrameInterval = setting.interval;
  }
  void operator()(const SkipFrames& setting) const { applied.skipFrames = setting.skipped; }
  void operator()(const LowLatencyMode& setting) const { applied.lowLatencyMode = setting.on; }
  void operator()(const SourceCrop& setting) const { applied.sourceCrop = setting.area; }
  void operator()(const DestinationCrop& setting) const { applied.destinationCrop = setting.area; }
  void operator()(const FlipMethod& setting) const { applied.flipMethod = setting.method; }
  void operator()(const InterpolationMethod& setting) const {
    applied.interpolationMethod = setting.method;
  }
  template <class Other>
  void operator()(const Other&) const {}
};

} // namespace

Stream::Stream(const StreamEntry& entry, std::string url, Place place)
    : url_(std::move(url)), isFile_(isFileUrl(url_)), place_(place),
      life_(entry, place.events, place.setup.reconnection),
      interception_(place_.setup.interceptors), thread_([this] { run(); }) {}

Stream::~Stream() {
  stop();
  join();
}

void Stream::stop() {
  life_.close();
  notes_.push({Note::Kind::stop, {}});
}

void Stream::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
}

StreamStatus Stream::status() {
  StreamStatus status;
  life_.fill(status);
  meter_.fill(status);
  status.url = withoutUserinfo(url_);
  const std::lock_guard lock(mutex_);
  status.applied = applied_;
  return status;
}

bool Stream::set(const ControlTarget& target, const PropertyValue& value,
                 const StreamSetting& setting) {
  // There may be no element to ask now.
  if (!fits(factoryOf(target.part, place_.setup), target.property.c_str(), value) ||
      !controls_.set(target, value)) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  std::visit(Remember{applied_}, setting);
  return true;
}

SendResult Stream::send(const SendEvent& request) {
  if (interception_.factories().empty()) {
    return SendResult::unsupported;
  }
  const bool isTaken =
      life_.state() == StreamState::running && interception_.send(request.event, request.isHeld);
  return isTaken ? SendResult::queued : SendResult::notPushed;
}

void Stream::run() {
  while (true) {
    const Ending ending = connectOnce();
    if (ending.kind == Ending::Kind::stopped) {
      return;
    }
    if (ending.kind == Ending::Kind::finished) {
      life_.enterEnded();
      place_.ended();
      pause(std::chrono::hours(24 * 365));
      return;
    }
    const std::int64_t flowedMs = runningSinceMs_ == 0 ? 0 : meter_.lastFrameMs() - runningSinceMs_;
    const auto next =
        life_.enterRetrying(ending.error, std::chrono::milliseconds(flowedMs), ending.blame);
    if (const auto* reason = std::get_if<RemoveReason>(&next)) {
      place_.givenUp(*this, *reason, ending.error);
      return;
    }
    if (!pause(std::get<std::chrono::milliseconds>(next))) {
      return;
    }
    life_.countRestart();
  }
}

Stream::Ending Stream::connectOnce() {
  runningSinceMs_ = 0;
  const auto verdict = place_.rule.admit(url_);
  if (const auto* refusal = std::get_if<StreamError>(&verdict)) {
    return {Ending::Kind::failed, *refusal};
  }
  const auto& admission = std::get<Admission>(verdict);
  if (admission.url.scheme == SourceScheme::rtsps || admission.url.scheme == SourceScheme::fake) {
    return {Ending::Kind::failed,
            {stream_code::invalid, "the DeepStream backend takes no rtsps and no fake sources"}};
  }
  notes_.dropSourceNotes();
  interception_.renew();
  const SourceBranch branch(
      life_.entry().sourceId, admission,
      {place_.graph, controls_, meter_, notes_, interception_, place_.setup.reconnection});
  if (!branch.isAttached()) {
    return {Ending::Kind::failed,
            {stream_code::unreachable, "the pipeline of all streams starts again"},
            Blame::pipeline};
  }
  return watch(branch);
}

Stream::Ending Stream::watch(const SourceBranch& branch) {
  const std::int64_t openedMs = monotonicMs();
  const auto silence = life_.reconnection().silence();
  bool stalled = false;
  while (true) {
    const bool running = runningSinceMs_ != 0;
    if (running && stalled && monotonicMs() - meter_.lastFrameMs() < silence.count()) {
      stalled = false;
      life_.enterRunning();
    }
    auto patience = running ? silence : limits::firstFrameTimeout;
    patience += stalled ? limits::rtspReconnectPatience : std::chrono::milliseconds(0);
    const std::int64_t deadlineMs = (running ? meter_.lastFrameMs() : openedMs) + patience.count();
    if (monotonicMs() >= deadlineMs) {
      if (const auto ending = endSilence(stalled)) {
        return *ending;
      }
      stalled = true;
      continue;
    }
    std::int64_t wakeMs = deadlineMs;
    if (stalled) {
      // Frames that come again are what is waited for, and they leave no note.
      wakeMs = std::min(wakeMs, monotonicMs() + limits::stallCheck.count());
    } else if (isFile_ && running) {
      wakeMs = std::min(wakeMs, nextProgressMs_);
    }
    const auto note = notes_.pop(atMonotonicMs(wakeMs));
    if (isFile_ && running && monotonicMs() >= nextProgressMs_) {
      life_.announce(branch.progress());
      nextProgressMs_ = monotonicMs() + limits::progressInterval.count();
    }
    if (note && note->kind == Note::Kind::firstFrame) {
      runningSinceMs_ = monotonicMs();
      nextProgressMs_ = runningSinceMs_ + limits::progressInterval.count();
      life_.enterRunning();
    } else if (note) {
      if (const auto ending = endingFor(*note)) {
        return *ending;
      }
    }
  }
}

std::optional<Stream::Ending> Stream::endSilence(bool stalled) {
  if (runningSinceMs_ == 0) {
    return Ending{Ending::Kind::failed,
                  {stream_code::noFirstFrame, "connected, but no frame came"}};
  }
  const StreamError error{stream_code::stalled, "frames stopped coming"};
  if (!stalled) {
    life_.enterStalled(error);
  }
  // A camera gets the time in which nvurisrcbin may connect again.
  const bool isLast =
      stalled || isFile_ || life_.reconnection().interval == std::chrono::seconds(0);
  return isLast ? std::optional(Ending{Ending::Kind::failed, error}) : std::nullopt;
}

std::optional<Stream::Ending> Stream::endingFor(const Note& note) {
  switch (note.kind) {
  case Note::Kind::sourceError:
    return Ending{Ending::Kind::failed, note.error};
  case Note::Kind::pipelineError:
    return Ending{Ending::Kind::failed, note.error, Blame::pipeline};
  case Note::Kind::sourceEos:
    return isFile_ ? Ending{Ending::Kind::finished, {}}
                   : Ending{Ending::Kind::failed,
                            {stream_code::unreachable, "the source closed the connection"}};
  case Note::Kind::stop:
    return Ending{};
  default:
    return std::nullopt;
  }
}

bool Stream::pause(std::chrono::milliseconds delay) {
  const auto deadline = NoteQueue::Clock::now() + delay;
  while (NoteQueue::Clock::now() < deadline) {
    const auto note = notes_.pop(deadline);
    if (note && note->kind == Note::Kind::stop) {
      return false;
    }
  }
  return true;
}

} // namespace sightline::deepstream
