#pragma once

#include "pipeline/settings.h"
#include "vision/batch-slots.h"

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sightline::vision {

// Brings the newest pictures of all streams together, in nvstreammux's role, on a thread of its
// own.
class Batcher {
 public:
  using Push = std::function<void(BatchSlots::Batch)>;

  explicit Batcher(Push push);
  ~Batcher();
  Batcher(const Batcher&) = delete;
  Batcher& operator=(const Batcher&) = delete;

  void setPushTimeout(std::optional<std::chrono::microseconds> timeout);
  void setMaxLatency(std::chrono::nanoseconds latency);
  SharedSettings settings() const;
  void setActive(int stream, bool active);
  // Returns at once.
  void offer(int stream, Frame frame);

 private:
  void run();
  void change(const std::function<void()>& edit);

  const Push push_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  BatchSlots slots_;
  bool ending_ = false;
  std::thread thread_;
};

} // namespace sightline::vision
