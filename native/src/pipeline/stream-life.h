#pragma once

#include "pipeline/back-off.h"
#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"

#include <chrono>
#include <mutex>
#include <optional>
#include <variant>

namespace sightline {

// What a connection failed of. A source may be given up after some failures of its own only.
enum class Blame { source, pipeline };

// The state of one stream as it is shown and told: what it is, since when, what went wrong, and the
// events of it; and when a source that failed is connected to again. Of any thread.
class StreamLife {
 public:
  StreamLife(StreamEntry entry, EventLog& events, Reconnection reconnection);

  void enterRunning();
  void enterStalled(const StreamError& error);
  // After a connection on which frames flowed for so long: the pause before the next one, or why
  // there is none.
  std::variant<std::chrono::milliseconds, RemoveReason>
  enterRetrying(const StreamError& error, std::chrono::milliseconds flowed,
                Blame blame = Blame::source);
  void enterEnded();
  void countRestart();
  // Of a recording; nothing when it is not known now.
  void announce(const std::optional<Progress>& progress);
  // Appends an event of this stream.
  void announce(Event event);
  // No event follows.
  void close();

  const StreamEntry& entry() const { return entry_; }
  const Reconnection& reconnection() const { return reconnection_; }
  StreamState state() const;
  // State, since, restarts and error.
  void fill(StreamStatus& status) const;

 private:
  // With the lock held.
  void enter(StreamState state);
  void announceKind(const char* kind, std::optional<StreamError> error = std::nullopt);
  void append(Event event);
  std::chrono::milliseconds pauseAfter(const StreamError& error);

  const StreamEntry entry_;
  EventLog& events_;
  const Reconnection reconnection_;

  mutable std::mutex mutex_;
  BackOff backOff_;
  // Connections made again since frames flowed.
  int attempts_ = 0;
  bool closed_ = false;
  bool ranBefore_ = false;
  StreamState state_ = StreamState::connecting;
  std::int64_t sinceAtMs_;
  int restarts_ = 0;
  std::optional<StreamError> error_;
};

} // namespace sightline
