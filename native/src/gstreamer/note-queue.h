#pragma once

#include "pipeline/stream-error.h"

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace sightline {

// What streaming threads and bus handlers tell the control thread of a stream. They only ever tell;
// every change of state is made by the control thread.
struct Note {
  enum class Kind {
    firstFrame,
    sourceError,
    sourceEos,
    // What all streams share has failed.
    pipelineError,
    // The source sends H.265 where H.264 was expected, or the other way round.
    otherCodec,
    // Something was set that only holds for a new connection.
    sourceOutdated,
    encoderError,
    // Something was set that only holds for a new encoder.
    encoderOutdated,
    stop
  };
  Kind kind = Kind::stop;
  StreamError error{};
};

class NoteQueue {
 public:
  using Clock = std::chrono::steady_clock;

  void push(Note note);
  // Nothing when the deadline passes first.
  std::optional<Note> pop(Clock::time_point deadline);
  // Forgets what the torn-down source still had to say.
  void dropSourceNotes();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Note> notes_;
};

} // namespace sightline
