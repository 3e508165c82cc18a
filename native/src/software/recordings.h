#pragma once

#include "pipeline/control.h"
#include "software/recorder.h"

#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>

namespace sightline {

// What is recorded of one stream: one file at a time, and those before it until they are closed.
class Recordings {
 public:
  // Called from a recorder's thread, when its file is closed.
  using Ended = std::function<void(const std::string& name, const std::optional<StreamError>&)>;
  explicit Recordings(Ended ended) : ended_(std::move(ended)) {}
  // Waits until all files are closed.
  ~Recordings();
  Recordings(const Recordings&) = delete;
  Recordings& operator=(const Recordings&) = delete;

  // Instead of what is recorded now. False after `stop`.
  bool begin(std::unique_ptr<RecordingFile> file, VideoCodec codec);
  // Does nothing when nothing is recorded.
  void end();
  // Ends it, and begins no more.
  void stop();
  // Stops, and waits until all files are closed.
  void close();

  // True when an IDR is needed to go on.
  bool deliver(GstSample* accessUnit, bool idr);

  // What is recorded, or not yet closed.
  std::optional<RecordingStatus> status() const;
  // Why the last one failed; nothing when it did not.
  std::optional<StreamError> error() const;

 private:
  using Recorders = std::list<std::unique_ptr<Recorder>>;
  // With the lock held.
  void finishAll();
  void noteEnd(const Recorder& recorder, const std::optional<StreamError>& error);

  const Ended ended_;
  mutable std::mutex mutex_;
  // Newest last. Those that have ended go when the next one begins.
  Recorders recorders_;
  bool stopped_ = false;
  std::optional<StreamError> error_;
};

} // namespace sightline
