#include "vision/worker-pool.h"

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <string>

using namespace sightline::vision;

namespace {

// A job that says when it has begun and waits to be let go.
struct Gate {
  std::promise<void> begun;
  std::promise<void> open;
  WorkerPool::Job job() {
    return [this] {
      begun.set_value();
      open.get_future().wait();
    };
  }
};

} // namespace

TEST_CASE("the newest job of a busy stream replaces the one that waits") {
  Gate gate;
  std::promise<int> done;
  WorkerPool pool(2);
  pool.submit(1, gate.job());
  gate.begun.get_future().wait();
  for (int number = 1; number <= 5; ++number) {
    pool.submit(1, [&done, number] { done.set_value(number); });
  }
  gate.open.set_value();
  // A second one would throw, the promise being kept.
  CHECK(done.get_future().get() == 5);
}

TEST_CASE("jobs of one stream never run at the same time, those of others do") {
  Gate gate;
  std::atomic<bool> ran{false};
  WorkerPool pool(2);
  pool.submit(1, gate.job());
  gate.begun.get_future().wait();
  pool.submit(1, [&] { ran = true; });
  std::promise<void> other;
  pool.submit(2, [&] { other.set_value(); });
  other.get_future().wait();
  CHECK_FALSE(ran);
  gate.open.set_value();
}

TEST_CASE("streams take turns, however much one of them submits") {
  Gate gate;
  std::string order;
  std::promise<void> last;
  WorkerPool pool(1);
  pool.submit(1, gate.job());
  gate.begun.get_future().wait();
  for (int times = 0; times < 3; ++times) {
    pool.submit(2, [&] { order += "2"; });
  }
  pool.submit(1, [&] {
    order += "1";
    last.set_value();
  });
  pool.submit(3, [&] { order += "3"; });
  gate.open.set_value();
  last.get_future().wait();
  CHECK(order == "231");
}

TEST_CASE("a pool that ends drops what waits and lets go of it") {
  Gate gate;
  const auto held = std::make_shared<int>(1);
  std::atomic<bool> ran{false};
  std::thread opener;
  {
    WorkerPool pool(1);
    pool.submit(1, gate.job());
    gate.begun.get_future().wait();
    pool.submit(1, [&ran, held] { ran = true; });
    pool.submit(2, [&ran, held] { ran = true; });
    CHECK(held.use_count() == 3);
    opener = std::thread([&] { gate.open.set_value(); });
  }
  opener.join();
  CHECK(held.use_count() == 1);
}
