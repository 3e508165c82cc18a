#include "software/stream.h"

#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"
#include "pipeline/url.h"

#include <algorithm>
#include <utility>

namespace sightline {

Stream::Stream(StreamEntry entry, std::string url, Place place)
    : url_(std::move(url)), isFile_(isFileUrl(url_)), place_(place),
      life_(std::move(entry), place.events, place.setup.reconnection),
      recordings_([this](const std::string& name, const std::optional<StreamError>& error) {
        announceRecording(name, error);
      }),
      encoder_(
          [this](GstSample* unit, bool idr) {
            output_->deliver(unit, idr);
            if (recordings_.deliver(unit, idr)) {
              encoder_.forceIdr();
            }
          },
          notes_),
      converter_(place_.setup.outputSize),
      tap_([this](SamplePointer decoded) { return show(std::move(decoded)); }),
      interception_(place_.setup.interceptors) {
  auto vision = std::make_unique<StreamVision>(place_.vision, life_.entry(), place_.setup.labels);
  vision_ = vision.get();
  visitors_.push_back(std::move(vision));
  if (place_.setup.osdProcessor == OsdProcessor::cpu) {
    vision_->apply(OsdProcessMode{OsdProcessor::cpu});
  }
  encoder_.setCodec(place_.setup.codec);
  output_->setCodec(place_.setup.codec);
  output_->setIdrRequest([this] { encoder_.forceIdr(); });
  thread_ = std::thread([this] { run(); });
}

Stream::~Stream() {
  stop();
  join();
}

void Stream::stop() {
  output_->close();
  pictures_->close();
  recordings_.stop();
  vision_->close();
  life_.close();
  notes_.push({Note::Kind::stop, {}});
}

void Stream::join() {
  if (thread_.joinable()) {
    thread_.join();
  }
  recordings_.close();
}

StreamStatus Stream::status() {
  const FrameCounts counts = tap_.counts();
  StreamStatus status;
  life_.fill(status);
  status.url = withoutUserinfo(url_);
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
      life_.enterEnded();
      place_.ended();
      pause(std::chrono::hours(24 * 365));
      break;
    }
    if (ending.kind == Ending::Kind::outdated) {
      continue;
    }
    triedOtherCodec_ = false;
    const std::int64_t flowedMs = runningSinceMs_ == 0 ? 0 : tap_.lastSignMs() - runningSinceMs_;
    const auto next = life_.enterRetrying(ending.error, std::chrono::milliseconds(flowedMs));
    if (const auto* reason = std::get_if<RemoveReason>(&next)) {
      place_.givenUp(*this, *reason, ending.error);
      break;
    }
    if (!pause(std::get<std::chrono::milliseconds>(next))) {
      break;
    }
    life_.countRestart();
  }
  encoder_.stop();
}

Stream::Ending Stream::connectOnce() {
  runningSinceMs_ = 0;
  const auto verdict = place_.rule.admit(url_);
  if (const auto* refusal = std::get_if<StreamError>(&verdict)) {
    return {Ending::Kind::failed, *refusal};
  }
  const auto& admission = std::get<Admission>(verdict);
  notes_.dropSourceNotes();
  skip_.renew();
  interception_.renew();
  const auto source = Source::open(admission, {sourceCodec_, lowLatency_, place_.setup.trust},
                                   {tap_, skip_, notes_, interception_, entry().cameraId});
  const Ending ending = watch(*source);
  // The detectors wait for no picture of it.
  vision_->setActive(false);
  return ending;
}

Stream::Ending Stream::watch(const Source& source) {
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
        life_.enterStalled(error);
      }
      return {Ending::Kind::failed, error};
    }
    const auto note = wait(
        atMonotonicMs(isFile_ && running ? std::min(deadlineMs, nextProgressMs_) : deadlineMs));
    if (isFile_ && running && monotonicMs() >= nextProgressMs_) {
      life_.announce(source.progress());
      nextProgressMs_ = monotonicMs() + limits::progressInterval.count();
    }
    if (note && note->kind == Note::Kind::firstFrame) {
      runningSinceMs_ = monotonicMs();
      nextProgressMs_ = runningSinceMs_ + limits::progressInterval.count();
      triedOtherCodec_ = false;
      life_.enterRunning();
      vision_->setActive(true);
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
  logWarn("stream " + entry().cameraId, "the encoder failed: " + note.error.text);
  encoder_.stop();
  encoderRetryAt_ = NoteQueue::Clock::now() + limits::encoderRetry;
}

void Stream::announceRecording(const std::string& name, const std::optional<StreamError>& error) {
  if (error) {
    logWarn("stream " + entry().cameraId, "the recording " + name + " has failed: " + error->text);
  } else {
    logInfo("stream " + entry().cameraId, "recorded " + name);
  }
  Event event;
  event.kind = "recording-ended";
  event.error = error;
  event.recording = name;
  life_.announce(std::move(event));
}

} // namespace sightline
