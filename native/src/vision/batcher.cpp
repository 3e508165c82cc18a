#include "vision/batcher.h"

#include "pipeline/limits.h"

namespace sightline::vision {

Batcher::Batcher(Push push) : push_(std::move(push)) {
  slots_.setPushTimeout(limits::batchedPushTimeout);
  thread_ = std::thread([this] { run(); });
}

Batcher::~Batcher() {
  change([this] { ending_ = true; });
  thread_.join();
}

void Batcher::change(const std::function<void()>& edit) {
  const std::lock_guard lock(mutex_);
  edit();
  changed_.notify_one();
}

void Batcher::setPushTimeout(std::optional<std::chrono::microseconds> timeout) {
  change([&] { slots_.setPushTimeout(timeout); });
}

void Batcher::setMaxLatency(std::chrono::nanoseconds latency) {
  change([&] { slots_.setMaxLatency(latency); });
}

SharedSettings Batcher::settings() const {
  const std::lock_guard lock(mutex_);
  const auto timeout = slots_.pushTimeout();
  return {{timeout ? timeout->count() : -1},
          {static_cast<std::uint64_t>(slots_.maxLatency().count())}};
}

void Batcher::setActive(int stream, bool active) {
  change([&] { active ? slots_.activate(stream) : slots_.deactivate(stream); });
}

void Batcher::offer(int stream, Frame frame) {
  // Released after the lock: a picture's memory may take its time.
  std::optional<Frame> replaced;
  change([&] { replaced = slots_.put(stream, std::move(frame), BatchSlots::Clock::now()); });
}

void Batcher::run() {
  std::unique_lock lock(mutex_);
  while (!ending_) {
    if (slots_.isReady(BatchSlots::Clock::now())) {
      auto batch = slots_.take();
      lock.unlock();
      push_(std::move(batch));
      lock.lock();
    } else if (const auto deadline = slots_.deadline()) {
      changed_.wait_until(lock, *deadline);
    } else {
      changed_.wait(lock);
    }
  }
}

} // namespace sightline::vision
