#include "vision/batcher.h"

#include <doctest/doctest.h>

#include <future>

using namespace sightline::vision;
using namespace std::chrono_literals;

namespace {

using Time = BatchSlots::Clock::time_point;
const Time start{1h};

// A picture that is told by its size.
Frame numbered(int number) {
  return {cv::Mat(1, number, CV_8U), nullptr};
}

std::vector<std::pair<int, int>> contents(const BatchSlots::Batch& batch) {
  std::vector<std::pair<int, int>> result;
  for (const auto& entry : batch) {
    result.emplace_back(entry.stream, entry.frame.luma.cols);
  }
  return result;
}

BatchSlots threeStreams() {
  BatchSlots slots;
  for (const int stream : {1, 2, 3}) {
    slots.activate(stream);
  }
  return slots;
}

} // namespace

TEST_CASE("a batch is ready at once when every active stream has a picture") {
  BatchSlots slots = threeStreams();
  slots.put(1, numbered(1), start);
  slots.put(3, numbered(3), start);
  CHECK_FALSE(slots.isReady(start + 1h));
  slots.put(2, numbered(2), start);
  CHECK(slots.isReady(start));
  CHECK(contents(slots.take()) == std::vector<std::pair<int, int>>{{1, 1}, {2, 2}, {3, 3}});
  CHECK_FALSE(slots.isReady(start));
}

TEST_CASE("the newest picture of a stream replaces the one that waits") {
  BatchSlots slots = threeStreams();
  CHECK_FALSE(slots.put(1, numbered(1), start));
  const auto replaced = slots.put(1, numbered(2), start);
  REQUIRE(replaced);
  CHECK(replaced->luma.cols == 1);
  slots.setPushTimeout(0us);
  CHECK(contents(slots.take()) == std::vector<std::pair<int, int>>{{1, 2}});
}

TEST_CASE("an incomplete batch goes when its first picture has waited for the timeout") {
  BatchSlots slots = threeStreams();
  slots.setPushTimeout(40ms);
  CHECK_FALSE(slots.deadline());
  slots.put(2, numbered(1), start);
  slots.put(2, numbered(2), start + 30ms);
  CHECK(slots.deadline() == start + 40ms);
  CHECK_FALSE(slots.isReady(start + 39ms));
  CHECK(slots.isReady(start + 40ms));
  slots.take();
  slots.put(2, numbered(3), start + 60ms);
  CHECK(slots.deadline() == start + 100ms);
}

TEST_CASE("late streams are waited for by the maximal latency on top") {
  BatchSlots slots = threeStreams();
  slots.setPushTimeout(40ms);
  slots.setMaxLatency(25ms);
  slots.put(1, numbered(1), start);
  CHECK_FALSE(slots.isReady(start + 64ms));
  CHECK(slots.isReady(start + 65ms));
}

TEST_CASE("a stalled stream is not waited for, and its picture is dropped") {
  BatchSlots slots = threeStreams();
  slots.put(1, numbered(1), start);
  slots.put(2, numbered(2), start);
  slots.put(3, numbered(3), start);
  slots.deactivate(3);
  slots.deactivate(3);
  CHECK(slots.isReady(start));
  CHECK(slots.take().size() == 2);
  CHECK(slots.put(3, numbered(4), start)->luma.cols == 4);
  slots.activate(3);
  slots.activate(3);
  slots.put(1, numbered(1), start);
  slots.put(2, numbered(2), start);
  CHECK_FALSE(slots.isReady(start + 1h));
}

TEST_CASE("the batcher pushes what is complete, and what has waited long enough") {
  std::promise<std::size_t> pushed;
  std::mutex mutex;
  const auto expect = [&] {
    const std::lock_guard lock(mutex);
    pushed = {};
    return pushed.get_future();
  };
  auto batch = expect();
  Batcher batcher([&](const BatchSlots::Batch& given) {
    const std::lock_guard lock(mutex);
    pushed.set_value(given.size());
  });
  batcher.setPushTimeout(std::nullopt);
  batcher.setActive(1, true);
  batcher.setActive(2, true);
  batcher.offer(1, numbered(1));
  batcher.offer(1, numbered(2));
  batcher.offer(2, numbered(3));
  CHECK(batch.get() == 2);
  batch = expect();
  batcher.offer(1, numbered(1));
  // It would wait for ever.
  batcher.setActive(2, false);
  CHECK(batch.get() == 1);
  batch = expect();
  batcher.setActive(2, true);
  batcher.offer(2, numbered(1));
  batcher.setPushTimeout(1us);
  CHECK(batch.get() == 1);
}
