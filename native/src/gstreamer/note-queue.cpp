#include "gstreamer/note-queue.h"

#include <algorithm>

namespace sightline {

void NoteQueue::push(Note note) {
  const std::lock_guard lock(mutex_);
  notes_.push_back(std::move(note));
  changed_.notify_one();
}

std::optional<Note> NoteQueue::pop(Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_until(lock, deadline, [&] { return !notes_.empty(); })) {
    return std::nullopt;
  }
  Note note = std::move(notes_.front());
  notes_.pop_front();
  return note;
}

void NoteQueue::dropSourceNotes() {
  const std::lock_guard lock(mutex_);
  std::erase_if(notes_, [](const Note& note) {
    return note.kind == Note::Kind::firstFrame || note.kind == Note::Kind::sourceError ||
           note.kind == Note::Kind::sourceEos || note.kind == Note::Kind::pipelineError ||
           note.kind == Note::Kind::otherCodec || note.kind == Note::Kind::sourceOutdated;
  });
}

} // namespace sightline
