#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace sightline::vision {

// A few threads for the work of many streams. Each stream has at most one job at work and one that
// waits, which a newer one replaces; they take turns, so a slow one costs its neighbours one job of
// its own, and never grows a queue.
class WorkerPool {
 public:
  using Job = std::function<void()>;

  explicit WorkerPool(std::size_t threads);
  // Jobs at work are finished, those that wait are dropped.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // Returns at once.
  void submit(int stream, Job job);

 private:
  struct Queue {
    Job waiting;
    bool atWork = false;
  };

  void run();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<int, Queue> queues_;
  // Streams that have a job waiting and none at work, in the order of their turns.
  std::deque<int> turns_;
  bool ending_ = false;
  std::vector<std::thread> threads_;
};

} // namespace sightline::vision
