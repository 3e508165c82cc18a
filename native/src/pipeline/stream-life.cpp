#include "pipeline/stream-life.h"

#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"

#include <algorithm>
#include <random>
#include <utility>

namespace sightline {

using namespace std::chrono_literals;

namespace {

double jitter() {
  thread_local std::mt19937 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(generator);
}

// Failures that only a person can end. Trying a wrong password often would lock the camera's user.
bool needsPerson(const StreamError& error) {
  return error.code == stream_code::forbidden || error.code == stream_code::codecUnsupported ||
         error.code == stream_code::unauthorized || error.code == stream_code::untrusted ||
         error.code == stream_code::noVideo;
}

} // namespace

StreamLife::StreamLife(StreamEntry entry, EventLog& events, Reconnection reconnection)
    : entry_(std::move(entry)), events_(events), reconnection_(reconnection),
      sinceAtMs_(epochMs()) {}

void StreamLife::enterRunning() {
  const std::lock_guard lock(mutex_);
  attempts_ = 0;
  if (state_ == StreamState::running) {
    return;
  }
  error_.reset();
  enter(StreamState::running);
  announceKind(std::exchange(ranBefore_, true) ? "resumed" : "running");
}

void StreamLife::enterStalled(const StreamError& error) {
  const std::lock_guard lock(mutex_);
  error_ = error;
  enter(StreamState::stalled);
  announceKind("stalled", error);
}

std::variant<std::chrono::milliseconds, RemoveReason>
StreamLife::enterRetrying(const StreamError& error, std::chrono::milliseconds flowed, Blame blame) {
  const std::lock_guard lock(mutex_);
  if (blame == Blame::source) {
    if (const auto reason = reconnection_.refusal(attempts_++)) {
      logWarn("stream " + entry_.cameraId, "given up, " + error.code + ": " + error.text);
      return *reason;
    }
  }
  if (flowed >= limits::backOffResetAfter) {
    backOff_.reset();
  }
  const auto pause = pauseAfter(error);
  // A camera that stays away says so once and not at every attempt.
  if (!error_ || error_->code != error.code) {
    announceKind("error", error);
    logWarn("stream " + entry_.cameraId, error.code + ": " + error.text);
  }
  error_ = error;
  if (state_ != StreamState::retrying) {
    enter(StreamState::retrying);
    announceKind("retrying", error);
    logInfo("stream " + entry_.cameraId,
            "trying again in " + std::to_string(pause.count()) + " ms");
  }
  return pause;
}

std::chrono::milliseconds StreamLife::pauseAfter(const StreamError& error) {
  const auto& interval = reconnection_.interval;
  if (needsPerson(error)) {
    return std::max<std::chrono::milliseconds>(backOff_.nextSlow(jitter()), interval.value_or(0s));
  }
  return interval && *interval != 0s ? *interval : backOff_.next(jitter());
}

void StreamLife::enterEnded() {
  const std::lock_guard lock(mutex_);
  error_.reset();
  enter(StreamState::ended);
  announceKind("eos");
}

void StreamLife::countRestart() {
  const std::lock_guard lock(mutex_);
  ++restarts_;
}

void StreamLife::announce(const std::optional<Progress>& progress) {
  if (!progress) {
    return;
  }
  Event event;
  event.kind = "progress";
  event.progress = progress;
  announce(std::move(event));
}

void StreamLife::announce(Event event) {
  const std::lock_guard lock(mutex_);
  append(std::move(event));
}

void StreamLife::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

StreamState StreamLife::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

void StreamLife::fill(StreamStatus& status) const {
  const std::lock_guard lock(mutex_);
  status.entry = entry_;
  status.state = state_;
  status.sinceAtMs = sinceAtMs_;
  status.restarts = restarts_;
  status.error = error_;
}

void StreamLife::enter(StreamState state) {
  state_ = state;
  sinceAtMs_ = epochMs();
}

void StreamLife::announceKind(const char* kind, std::optional<StreamError> error) {
  if (!closed_ && std::string_view(kind) != "error" && std::string_view(kind) != "retrying") {
    logInfo("stream " + entry_.cameraId, kind);
  }
  Event event;
  event.kind = kind;
  event.error = std::move(error);
  append(std::move(event));
}

void StreamLife::append(Event event) {
  if (closed_) {
    return;
  }
  event.cameraId = entry_.cameraId;
  event.sourceId = entry_.sourceId;
  events_.append(std::move(event));
}

} // namespace sightline
