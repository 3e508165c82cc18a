#pragma once

#include "pipeline/settings.h"
#include "pipeline/stream-error.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// Something that a detector found and the tracker follows.
struct SeenObject {
  std::string detector;
  // Of that stream, from 1; the same as long as the object is followed.
  unsigned trackId = 0;
  // In pixels of the stream's output.
  Area box;
  // The line of the analytics file that it has just crossed; empty for most.
  std::string line;
};

// How far a recording has been played.
struct Progress {
  std::chrono::milliseconds position{0};
  // Nothing when the file does not say.
  std::optional<std::chrono::milliseconds> duration;
};

struct Event {
  std::int64_t seq = 0;
  std::int64_t atMs = 0;
  std::string kind;
  // Empty and -1 for events of the whole host.
  std::string cameraId;
  int sourceId = -1;
  // Why a stream was removed.
  std::string reason;
  std::optional<StreamError> error;
  std::optional<SeenObject> object;
  std::optional<Progress> progress;
  // The name of the recording that has ended; else empty.
  std::string recording;
};

// The newest events of this boot, numbered from 1 without gaps.
class EventLog {
 public:
  explicit EventLog(std::size_t held) : held_(held) {}

  // Sets seq and atMs.
  void append(Event event);

  // Events after `seq`, waiting up to `patience` for the first. When `seq` is older than what is
  // held, or from another boot, the first event is `lost` and carries the seq from which it goes
  // on.
  std::vector<Event> after(std::int64_t seq, std::chrono::milliseconds patience);

  // Wakes all readers; nothing waits any more.
  void close();
  bool closed() const;

 private:
  const std::size_t held_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;
  std::int64_t lastSeq_ = 0;
  bool closed_ = false;
};

} // namespace sightline
