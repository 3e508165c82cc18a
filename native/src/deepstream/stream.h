#pragma once

#include "deepstream/frame-meter.h"
#include "deepstream/graph.h"
#include "deepstream/source-branch.h"
#include "deepstream/source-controls.h"
#include "gstreamer/interception.h"
#include "gstreamer/note-queue.h"
#include "pipeline/source-rule.h"
#include "pipeline/stream-life.h"

#include <chrono>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sightline::deepstream {

// One stream, with a control thread of its own that alone builds, watches and tears down its
// branch of the graph: a source that hangs in its teardown holds up nobody else.
class Stream {
 public:
  struct Place {
    const SourceRule& rule;
    EventLog& events;
    Graph& graph;
    const BackendSetup& setup;
    // Both by the stream's own thread: its file has ended; it will not be connected to again, and
    // can be removed.
    std::function<void()> ended;
    std::function<void(const Stream&, RemoveReason, const StreamError&)> givenUp;
  };

  Stream(const StreamEntry& entry, std::string url, Place place);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Returns at once. No event of this stream follows.
  void stop();
  // Waits for the teardown.
  void join();

  const StreamEntry& entry() const { return life_.entry(); }
  const std::string& url() const { return url_; }
  bool isEnded() const { return life_.state() == StreamState::ended; }
  // All but what belongs to the output of all streams.
  StreamStatus status();
  // Of its own elements. False when it cannot be set; then nothing has changed.
  bool set(const ControlTarget& target, const PropertyValue& value, const StreamSetting& setting);
  SendResult send(const SendEvent& request);

 private:
  struct Ending {
    enum class Kind { stopped, finished, failed };
    Kind kind = Kind::stopped;
    StreamError error{};
    Blame blame = Blame::source;
  };

  void run();
  Ending connectOnce();
  Ending watch(const SourceBranch& branch);
  // When the source has been silent for too long.
  std::optional<Ending> endSilence(bool stalled);
  std::optional<Ending> endingFor(const Note& note);
  bool pause(std::chrono::milliseconds delay);

  const std::string url_;
  const bool isFile_;
  const Place place_;
  StreamLife life_;
  NoteQueue notes_;
  FrameMeter meter_;
  SourceControls controls_;
  Interception interception_;
  // Monotonic, of this connection; 0 before its first frame.
  std::int64_t runningSinceMs_ = 0;
  // Monotonic, of a recording.
  std::int64_t nextProgressMs_ = 0;

  std::mutex mutex_;
  AppliedSettings applied_;

  std::thread thread_;
};

} // namespace sightline::deepstream
