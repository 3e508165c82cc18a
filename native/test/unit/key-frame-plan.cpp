#include "software/key-frame-plan.h"

#include "pipeline/limits.h"

#include <doctest/doctest.h>

#include <string>

using namespace sightline;

namespace {

// Key frames as K, others as p, at one moment.
std::string plan(KeyFramePlan& plan, int pictures) {
  std::string result;
  for (int picture = 0; picture < pictures; ++picture) {
    result += plan.next(0) ? 'K' : 'p';
  }
  return result;
}

} // namespace

TEST_CASE("an interval is exact from the next picture on") {
  KeyFramePlan keys;
  keys.ask();
  CHECK(plan(keys, 3) == "Kpp");
  keys.setInterval(5);
  CHECK(plan(keys, 12) == "ppKppppKpppp");
  // The group under way is longer than that already.
  keys.setInterval(2);
  CHECK(plan(keys, 4) == "KpKp");
  keys.setInterval(1);
  CHECK(plan(keys, 3) == "KKK");
  keys.setInterval(0);
  CHECK(plan(keys, 300) == std::string(300, 'p'));
  keys.ask();
  CHECK(plan(keys, 3) == "Kpp");
}

TEST_CASE("an asked key frame begins a new group") {
  KeyFramePlan keys;
  keys.setInterval(4);
  keys.ask();
  CHECK(plan(keys, 2) == "Kp");
  keys.ask();
  CHECK(plan(keys, 6) == "KpppKp");
}

TEST_CASE("as long as no interval is set, time decides") {
  KeyFramePlan keys;
  const std::int64_t begin = 1'000'000;
  const std::int64_t interval = limits::keyFrameInterval.count();
  CHECK(keys.next(begin));
  CHECK_FALSE(keys.next(begin + interval - 1));
  CHECK(keys.next(begin + interval));
  CHECK_FALSE(keys.next(begin + interval + 1));
  keys.setInterval(0);
  CHECK_FALSE(keys.next(begin + 10 * interval));
  // As if it had never been set.
  keys.setInterval(std::nullopt);
  CHECK(keys.next(begin + 10 * interval));
  CHECK_FALSE(keys.next(begin + 11 * interval - 1));
  CHECK(keys.next(begin + 11 * interval));
}
