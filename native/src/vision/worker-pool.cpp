#include "vision/worker-pool.h"

namespace sightline::vision {

WorkerPool::WorkerPool(std::size_t threads) {
  for (std::size_t count = 0; count < threads; ++count) {
    threads_.emplace_back([this] { run(); });
  }
}

WorkerPool::~WorkerPool() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void WorkerPool::submit(int stream, Job job) {
  // The replaced one holds a picture; it is released after the lock.
  Job replaced = std::move(job);
  const std::lock_guard lock(mutex_);
  Queue& queue = queues_[stream];
  const bool waits = static_cast<bool>(queue.waiting);
  replaced.swap(queue.waiting);
  if (!waits && !queue.atWork) {
    turns_.push_back(stream);
    changed_.notify_one();
  }
}

void WorkerPool::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return ending_ || !turns_.empty(); });
    if (ending_) {
      return;
    }
    const int stream = turns_.front();
    turns_.pop_front();
    Job job;
    job.swap(queues_[stream].waiting);
    queues_[stream].atWork = true;
    lock.unlock();
    job();
    job = nullptr;
    lock.lock();
    const auto queue = queues_.find(stream);
    queue->second.atWork = false;
    if (queue->second.waiting) {
      turns_.push_back(stream);
      changed_.notify_one();
    } else {
      queues_.erase(queue);
    }
  }
}

} // namespace sightline::vision
