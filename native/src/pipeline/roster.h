#pragma once

#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/slots.h"
#include "pipeline/source-rule.h"

#include <algorithm>
#include <condition_variable>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace sightline {

void logChange(const StreamEntry& entry, const std::string& text, const std::string& requestId);
void announceAdded(EventLog& events, const StreamEntry& entry, const AddStream& request);
void announceRemoved(EventLog& events, const StreamEntry& entry, RemoveReason reason,
                     std::optional<StreamError> error);

// The streams of a backend, and how they come and go. A request never waits for a camera: streams
// work in threads of their own, and those that have left are waited for by the reaper. A stream is
// used without the lock, so that it may leave meanwhile; then what is done to it has no effect.
//
// A Stream has entry(), url(), isEnded(), stop(), which returns at once, and join().
template <class Stream>
class Roster {
 public:
  using Pointer = std::shared_ptr<Stream>;

  // Both with the lock held.
  struct Hooks {
    std::function<Pointer(const StreamEntry& entry, const std::string& url)> make;
    std::function<void(const StreamEntry& entry)> leaving;
  };

  Roster(const BackendSetup& setup, const SourceRule& rule, EventLog& events, Hooks hooks)
      : setup_(setup), rule_(rule), events_(events), hooks_(std::move(hooks)),
        slots_(setup.maxSources), reaper_([this] { reap(); }) {}
  ~Roster() { stop(); }
  Roster(const Roster&) = delete;
  Roster& operator=(const Roster&) = delete;

  // As in Control.
  AddAnswer add(const AddStream& request) {
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      return {AddResult::stopping};
    }
    // DeepStream's order: at capacity, a duplicate hears of the capacity.
    if (streams_.size() >= static_cast<std::size_t>(setup_.maxSources)) {
      return {AddResult::atCapacity};
    }
    if (find([&](const Stream& stream) { return stream.entry().cameraId == request.cameraId; }) !=
        streams_.end()) {
      return {AddResult::duplicate};
    }
    const auto url = rule_.read(request.url);
    if (const auto* refusal = std::get_if<StreamError>(&url)) {
      return {AddResult::refused, *refusal};
    }
    const StreamEntry entry{request.cameraId, request.cameraName,
                            slots_.take(request.cameraId).value()};
    announceAdded(events_, entry, request);
    streams_.push_back(hooks_.make(entry, request.url));
    return {AddResult::added};
  }

  bool remove(const RemoveStream& request) {
    const std::lock_guard lock(mutex_);
    const auto place = find([&](const Stream& stream) {
      return stream.entry().cameraId == request.cameraId &&
             (!request.url || stream.url() == *request.url);
    });
    if (place == streams_.end()) {
      return false;
    }
    logChange((*place)->entry(), "removed", request.requestId);
    retire(place, RemoveReason::request);
    if (!streams_.empty()) {
      endWithSources();
    }
    return true;
  }

  std::vector<StreamEntry> list() const {
    const std::lock_guard lock(mutex_);
    std::vector<StreamEntry> entries;
    std::transform(streams_.rbegin(), streams_.rend(), std::back_inserter(entries),
                   [](const Pointer& stream) { return stream->entry(); });
    return entries;
  }

  // Null when there is none.
  Pointer bySource(int sourceId) const {
    return get([&](const Stream& stream) { return stream.entry().sourceId == sourceId; });
  }
  Pointer byCamera(const std::string& cameraId) const {
    return get([&](const Stream& stream) { return stream.entry().cameraId == cameraId; });
  }
  Pointer byRef(const StreamRef& ref) const {
    const int* sourceId = std::get_if<int>(&ref);
    return sourceId != nullptr ? bySource(*sourceId) : byCamera(std::get<std::string>(ref));
  }
  // Oldest first.
  std::vector<Pointer> all() const {
    const std::lock_guard lock(mutex_);
    return streams_;
  }

  // Both by a stream's own thread: its file has ended; it will not be connected to again.
  void onEnded() const {
    const std::lock_guard lock(mutex_);
    endWithSources();
  }
  void onGivenUp(const Stream& given, RemoveReason reason, const StreamError& error) {
    const std::lock_guard lock(mutex_);
    const auto place = find([&](const Stream& stream) { return &stream == &given; });
    // It may be leaving already.
    if (place != streams_.end()) {
      retire(place, reason, error);
      endWithSources();
    }
  }

  // Removes all, takes no more, and waits for the teardowns.
  void stop() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      while (!streams_.empty()) {
        retire(streams_.begin(), RemoveReason::quit);
      }
      retired_.notify_one();
    }
    if (reaper_.joinable()) {
      reaper_.join();
    }
  }

 private:
  using Streams = std::vector<Pointer>;

  // With the lock held.
  template <class Is>
  typename Streams::const_iterator find(Is is) const {
    return std::find_if(streams_.begin(), streams_.end(),
                        [&](const Pointer& stream) { return is(*stream); });
  }

  template <class Is>
  Pointer get(Is is) const {
    const std::lock_guard lock(mutex_);
    const auto place = find(is);
    return place == streams_.end() ? nullptr : *place;
  }

  // With the lock held.
  void retire(typename Streams::const_iterator place, RemoveReason reason,
              std::optional<StreamError> error = std::nullopt) {
    const Pointer stream = *place;
    streams_.erase(place);
    hooks_.leaving(stream->entry());
    stream->stop();
    slots_.release(stream->entry().sourceId);
    announceRemoved(events_, stream->entry(), reason, std::move(error));
    leaving_.push_back(stream);
    retired_.notify_one();
  }

  // With the lock held. A source that was given up has ended, too.
  void endWithSources() const {
    if (setup_.atEnd && !stopping_ &&
        std::all_of(streams_.begin(), streams_.end(),
                    [](const Pointer& stream) { return stream->isEnded(); })) {
      setup_.atEnd();
    }
  }

  void reap() {
    std::unique_lock lock(mutex_);
    while (!stopping_ || !leaving_.empty()) {
      retired_.wait(lock, [this] { return stopping_ || !leaving_.empty(); });
      Streams leaving;
      leaving.swap(leaving_);
      lock.unlock();
      for (const Pointer& stream : leaving) {
        stream->join();
      }
      leaving.clear();
      lock.lock();
    }
  }

  const BackendSetup& setup_;
  const SourceRule& rule_;
  EventLog& events_;
  const Hooks hooks_;

  mutable std::mutex mutex_;
  std::condition_variable retired_;
  Slots slots_;
  // Oldest first.
  Streams streams_;
  Streams leaving_;
  bool stopping_ = false;
  std::thread reaper_;
};

} // namespace sightline
