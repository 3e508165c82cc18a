#include "software/stream.h"

#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"
#include "pipeline/url.h"

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
bool isSlow(const StreamError& error) {
  return error.code == stream_code::forbidden || error.code == stream_code::codecUnsupported ||
         error.code == stream_code::unauthorized || error.code == stream_code::untrusted ||
         error.code == stream_code::noVideo;
}

bool isFileUrl(const std::string& text) {
  const auto url = parseSourceUrl(text);
  return url && url->scheme == SourceScheme::file;
}

NoteQueue::Clock::time_point atMonotonicMs(std::int64_t ms) {
  return NoteQueue::Clock::time_point(std::chrono::milliseconds(ms));
}

} // namespace

Stream::Stream(StreamEntry entry, std::string url, Place place)
    : entry_(std::move(entry)), url_(std::move(url)), isFile_(isFileUrl(url_)), place_(place),
      recordings_([this](const std::string& name, const std::optional<StreamError>& error) {
        announceRecording(name, error);
      }),
      encoder_(
          [this](GstSample* unit, bool idr) {
            output_->deliver(unit, idr);
            recordings_.deliver(unit, idr);
          },
          notes_),
      converter_(place_.setup.outputSize),
      tap_([this](SamplePointer decoded) { return show(std::move(decoded)); }),
      interception_(place_.setup.interceptors), sinceAtMs_(epochMs()) {
  auto vision = std::make_unique<StreamVision>(place_.vision, entry_, place_.setup.labels);
  vision_ = vision.get();
  visitors_.push_back(std::move(vision));
  if (place_.setup.draws) {
    vision_->apply(OsdProcessMode{OsdProcessor::cpu});
  }
  encoder_.setCodec(place_.setup.codec);
  output_->setCodec(place_.setup.codec);
  output_->setIdrRequest([this] { encoder_.forceIdr(); });
  thread_ = std::thread([this] { run(); });
}

Stream::~Stream() {
  stop();
  thread_.join();
  // Its threads tell this stream that they have ended.
  recordings_.close();
}

void Stream::stop() {
  output_->close();
  pictures_->close();
  recordings_.end();
  vision_->close();
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  notes_.push({Note::Kind::stop, {}});
}

bool Stream::isEnded() const {
  const std::lock_guard lock(mutex_);
  return state_ == StreamState::ended;
}

StreamStatus Stream::status() {
  const FrameCounts counts = tap_.counts();
  StreamStatus status;
  status.entry = entry_;
  status.frames = counts.frames;
  status.analysedFrames = vision_->looks();
  status.lastFrameAtMs = counts.lastFrameAtMs;
  status.fps = counts.fps;
  status.kbps = counts.kbps;
  status.width = counts.width;
  status.height = counts.height;
  status.applied = applied();
  status.output.clients = output_->clients();
  status.output.bytesOut = output_->bytesOut();
  status.output.idrFrames = encoder_.idrFrames();
  status.output.recording = recordings_.status();
  status.output.recordingError = recordings_.error();
  const std::lock_guard lock(mutex_);
  status.state = state_;
  status.sinceAtMs = sinceAtMs_;
  status.restarts = restarts_;
  status.error = error_;
  return status;
}

SamplePointer Stream::show(SamplePointer decoded) {
  SamplePointer picture = converter_.convert(std::move(decoded));
  for (const auto& visitor : visitors_) {
    picture = picture ? visitor->visit(std::move(picture)) : nullptr;
  }
  if (picture) {
    encoder_.push(picture.get());
    pictures_->put(picture.get());
  }
  return picture;
}

void Stream::run() {
  while (true) {
    const Ending ending = connectOnce();
    if (ending.kind == Ending::Kind::stopped) {
      break;
    }
    if (ending.kind == Ending::Kind::finished) {
      enterEnded();
      place_.ended();
      pause(std::chrono::hours(24 * 365));
      break;
    }
    if (ending.kind == Ending::Kind::outdated) {
      continue;
    }
    triedOtherCodec_ = false;
    if (runningSinceMs_ != 0) {
      attempts_ = 0;
    }
    if (const auto reason = place_.setup.reconnection.refusal(attempts_++)) {
      logWarn("stream " + entry_.cameraId,
              "given up, " + ending.error.code + ": " + ending.error.text);
      place_.givenUp(*this, *reason, ending.error);
      break;
    }
    if (runningSinceMs_ != 0 &&
        tap_.lastSignMs() - runningSinceMs_ >= limits::backOffResetAfter.count()) {
      backOff_.reset();
    }
    const auto delay = delayAfter(ending.error);
    enterRetrying(ending.error, delay);
    if (!pause(delay)) {
      break;
    }
    const std::lock_guard lock(mutex_);
    ++restarts_;
  }
  encoder_.stop();
}

std::chrono::milliseconds Stream::delayAfter(const StreamError& error) {
  const auto& interval = place_.setup.reconnection.interval;
  if (isSlow(error)) {
    return std::max<std::chrono::milliseconds>(backOff_.nextSlow(jitter()), interval.value_or(0s));
  }
  return interval ? *interval : backOff_.next(jitter());
}

Stream::Ending Stream::connectOnce() {
  runningSinceMs_ = 0;
  const auto verdict = place_.rule.admit(url_);
  if (const auto* refusal = std::get_if<StreamError>(&verdict)) {
    return {Ending::Kind::failed, *refusal};
  }
  const auto& admission = std::get<Admission>(verdict);
  notes_.dropSourceNotes();
  interception_.renew();
  const auto source = Source::open(admission, {sourceCodec_, lowLatency_, place_.setup.trust},
                                   {tap_, skip_, notes_, interception_});
  return watch();
}

Stream::Ending Stream::watch() {
  const std::int64_t openedMs = monotonicMs();
  const auto silence = place_.setup.reconnection.silence();
  while (true) {
    const bool running = runningSinceMs_ != 0;
    const auto patience = running ? silence : limits::firstFrameTimeout;
    const std::int64_t deadlineMs = (running ? tap_.lastSignMs() : openedMs) + patience.count();
    if (monotonicMs() >= deadlineMs) {
      const StreamError error =
          running ? StreamError{stream_code::stalled, "frames stopped coming"}
                  : StreamError{stream_code::noFirstFrame, "connected, but no frame came"};
      if (running) {
        enterStalled(error);
      }
      return {Ending::Kind::failed, error};
    }
    const auto note = wait(atMonotonicMs(deadlineMs));
    if (note && note->kind == Note::Kind::firstFrame) {
      runningSinceMs_ = monotonicMs();
      triedOtherCodec_ = false;
      enterRunning();
      if (place_.setup.encodes) {
        encoder_.start();
      }
    } else if (note) {
      if (const auto ending = endingFor(*note)) {
        return *ending;
      }
    }
  }
}

std::optional<Stream::Ending> Stream::endingFor(const Note& note) {
  switch (note.kind) {
  case Note::Kind::sourceError:
    return Ending{Ending::Kind::failed, note.error};
  case Note::Kind::sourceEos:
    return isFile_ ? Ending{Ending::Kind::finished, {}}
                   : Ending{Ending::Kind::failed,
                            {stream_code::unreachable, "the source closed the connection"}};
  case Note::Kind::sourceOutdated:
    return Ending{Ending::Kind::outdated, {}};
  case Note::Kind::otherCodec:
    // A source that sends the other one each time must not be asked without a pause.
    if (std::exchange(triedOtherCodec_, true)) {
      return Ending{Ending::Kind::failed,
                    {stream_code::codecUnsupported, "the source keeps changing its codec"}};
    }
    sourceCodec_ = SourceSetup{sourceCodec_}.otherCodec();
    return Ending{Ending::Kind::outdated, {}};
  case Note::Kind::stop:
    return Ending{};
  default:
    return std::nullopt;
  }
}

std::optional<Note> Stream::wait(NoteQueue::Clock::time_point deadline) {
  const auto note = notes_.pop(std::min(deadline, encoderRetryAt_));
  if (note && note->kind == Note::Kind::encoderError) {
    superviseEncoder(*note);
    return std::nullopt;
  }
  if (note && note->kind == Note::Kind::encoderOutdated) {
    encoder_.restart();
    return std::nullopt;
  }
  if (NoteQueue::Clock::now() >= encoderRetryAt_) {
    encoderRetryAt_ = NoteQueue::Clock::time_point::max();
    encoder_.start();
  }
  return note;
}

bool Stream::pause(std::chrono::milliseconds delay) {
  const auto deadline = NoteQueue::Clock::now() + delay;
  while (NoteQueue::Clock::now() < deadline) {
    const auto note = wait(deadline);
    if (note && note->kind == Note::Kind::stop) {
      return false;
    }
  }
  return true;
}

void Stream::superviseEncoder(const Note& note) {
  logWarn("stream " + entry_.cameraId, "the encoder failed: " + note.error.text);
  encoder_.stop();
  encoderRetryAt_ = NoteQueue::Clock::now() + limits::encoderRetry;
}

void Stream::enterRunning() {
  const std::lock_guard lock(mutex_);
  if (state_ == StreamState::running) {
    return;
  }
  error_.reset();
  enterState(StreamState::running);
  announce(ranBefore_ ? "resumed" : "running");
  ranBefore_ = true;
}

void Stream::enterStalled(const StreamError& error) {
  const std::lock_guard lock(mutex_);
  error_ = error;
  enterState(StreamState::stalled);
  announce("stalled", error);
}

void Stream::enterRetrying(const StreamError& error, std::chrono::milliseconds delay) {
  const std::lock_guard lock(mutex_);
  // A camera that stays away says so once and not at every attempt.
  if (!error_ || error_->code != error.code) {
    announce("error", error);
    logWarn("stream " + entry_.cameraId, error.code + ": " + error.text);
  }
  error_ = error;
  if (state_ != StreamState::retrying) {
    enterState(StreamState::retrying);
    announce("retrying", error);
    logInfo("stream " + entry_.cameraId,
            "trying again in " + std::to_string(delay.count()) + " ms");
  }
}

void Stream::enterEnded() {
  const std::lock_guard lock(mutex_);
  error_.reset();
  enterState(StreamState::ended);
  announce("eos");
}

void Stream::enterState(StreamState state) {
  state_ = state;
  sinceAtMs_ = epochMs();
  vision_->setActive(state == StreamState::running);
}

void Stream::announce(const char* kind, std::optional<StreamError> error) {
  if (stopping_) {
    return;
  }
  Event event;
  event.kind = kind;
  event.cameraId = entry_.cameraId;
  event.sourceId = entry_.sourceId;
  event.error = std::move(error);
  place_.events.append(std::move(event));
  if (std::string_view(kind) != "error" && std::string_view(kind) != "retrying") {
    logInfo("stream " + entry_.cameraId, kind);
  }
}

void Stream::announceRecording(const std::string& name, const std::optional<StreamError>& error) {
  if (error) {
    logWarn("stream " + entry_.cameraId, "the recording " + name + " has failed: " + error->text);
  } else {
    logInfo("stream " + entry_.cameraId, "recorded " + name);
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) {
    return;
  }
  Event event;
  event.kind = "recording-ended";
  event.cameraId = entry_.cameraId;
  event.sourceId = entry_.sourceId;
  event.error = error;
  event.recording = name;
  place_.events.append(std::move(event));
}

} // namespace sightline
