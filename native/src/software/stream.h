#pragma once

#include "pipeline/back-off.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/source-rule.h"
#include "software/encoder.h"
#include "software/frame-tap.h"
#include "software/note-queue.h"
#include "software/output.h"
#include "software/source.h"

#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sightline {

// One stream of the host, with a control thread of its own: only that thread builds, watches and
// tears down pipelines, so a source that hangs in its teardown holds up nobody else.
class Stream {
 public:
  struct Place {
    const SourceRule& rule;
    EventLog& events;
  };

  Stream(StreamEntry entry, std::string url, Place place);
  // Waits for the teardown.
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Returns at once. No event of this stream follows.
  void stop();

  const StreamEntry& entry() const { return entry_; }
  const std::string& url() const { return url_; }
  const std::shared_ptr<Output>& output() const { return output_; }

  // All but the RTSP URL.
  StreamStatus status();
  // False when it cannot be set.
  bool set(const StreamSetting& setting);
  bool forceIdr() { return encoder_.forceIdr(); }
  SamplePointer newestFrame(std::int64_t& atMs) const { return tap_.newest(atMs); }

 private:
  // How one connection ended.
  struct Ending {
    enum class Kind { stopped, finished, failed };
    Kind kind = Kind::stopped;
    StreamError error;
  };

  void run();
  Ending connectOnce();
  Ending watch(bool isFile);
  std::optional<Note> wait(NoteQueue::Clock::time_point deadline);
  bool pause(std::chrono::milliseconds delay);
  void superviseEncoder(const Note& note);

  void enterRunning();
  void enterStalled(const StreamError& error);
  void enterRetrying(const StreamError& error, std::chrono::milliseconds delay);
  void enterEnded();
  // With the status lock held.
  void enterState(StreamState state);
  void announce(const char* kind, std::optional<StreamError> error = std::nullopt);

  const StreamEntry entry_;
  const std::string url_;
  const Place place_;

  NoteQueue notes_;
  std::shared_ptr<Output> output_ = std::make_shared<Output>();
  Encoder encoder_;
  FrameTap tap_;
  BackOff backOff_;
  NoteQueue::Clock::time_point encoderRetryAt_ = NoteQueue::Clock::time_point::max();
  // Monotonic, of this connection; 0 before its first frame.
  std::int64_t runningSinceMs_ = 0;

  std::mutex mutex_;
  bool stopping_ = false;
  bool ranBefore_ = false;
  StreamState state_ = StreamState::connecting;
  std::int64_t sinceAtMs_;
  int restarts_ = 0;
  std::optional<StreamError> error_;

  std::thread thread_;
};

} // namespace sightline
