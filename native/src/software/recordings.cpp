#include "software/recordings.h"

namespace sightline {

Recordings::~Recordings() {
  close();
}

bool Recordings::begin(std::unique_ptr<RecordingFile> file, VideoCodec codec) {
  const std::lock_guard lock(mutex_);
  if (stopped_) {
    return false;
  }
  finishAll();
  recorders_.remove_if([](const auto& recorder) { return recorder->isOver(); });
  error_.reset();
  recorders_.push_back(std::make_unique<Recorder>(
      std::move(file), codec,
      [this](const Recorder& recorder, const std::optional<StreamError>& error) {
        noteEnd(recorder, error);
      }));
  return true;
}

void Recordings::end() {
  const std::lock_guard lock(mutex_);
  finishAll();
}

void Recordings::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  finishAll();
}

void Recordings::finishAll() {
  for (const auto& recorder : recorders_) {
    recorder->finish();
  }
}

void Recordings::close() {
  stop();
  Recorders leaving;
  {
    const std::lock_guard lock(mutex_);
    leaving.swap(recorders_);
  }
  // Here it is waited for, and their threads need the lock.
  leaving.clear();
}

void Recordings::noteEnd(const Recorder& recorder, const std::optional<StreamError>& error) {
  if (error) {
    const std::lock_guard lock(mutex_);
    error_ = error;
  }
  ended_(recorder.name(), error);
}

bool Recordings::deliver(GstSample* accessUnit, bool idr) {
  const std::lock_guard lock(mutex_);
  bool wantsIdr = false;
  for (const auto& recorder : recorders_) {
    wantsIdr = recorder->deliver(accessUnit, idr) || wantsIdr;
  }
  return wantsIdr;
}

std::optional<RecordingStatus> Recordings::status() const {
  const std::lock_guard lock(mutex_);
  if (recorders_.empty() || recorders_.back()->isOver()) {
    return std::nullopt;
  }
  const Recorder& newest = *recorders_.back();
  return RecordingStatus{newest.name(), newest.bytes(), newest.sinceAtMs()};
}

std::optional<StreamError> Recordings::error() const {
  const std::lock_guard lock(mutex_);
  return error_;
}

} // namespace sightline
