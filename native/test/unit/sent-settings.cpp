#include "deepstream/sent-settings.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::deepstream;

namespace {

constexpr std::int64_t longAgoMs = 1'000;
constexpr std::int64_t nowMs = 1'000'000;

void sendInterval(SentSettings& settings, unsigned interval, std::int64_t atMs) {
  const ControlTarget target{{"infer-interval", "device", ""}, Part::infer, ""};
  settings.add({target, 0, InferInterval{interval}, settings.attempt(atMs)});
}

void sendTracker(SentSettings& settings, const char* file, std::int64_t atMs) {
  const ControlTarget target{{"tracker-config", "device", ""}, Part::tracker, ""};
  settings.add({target, 0, TrackerConfig{file}, settings.attempt(atMs)});
}

} // namespace

TEST_SUITE_BEGIN("deepstream");

TEST_CASE("a pipeline that starts again is sent what it was sent before, in that order") {
  SentSettings settings;
  sendInterval(settings, 3, longAgoMs);
  sendTracker(settings, "a.yml", longAgoMs + 1);
  sendInterval(settings, 4, longAgoMs + 2);
  const auto& again = settings.afterRestart(nowMs);
  REQUIRE(again.size() == 2);
  CHECK(std::get<TrackerConfig>(again[0].setting).path == "a.yml");
  CHECK(std::get<InferInterval>(again[1].setting).interval == 4);
}

TEST_CASE("what arrived shortly before the pipeline failed is not sent again") {
  SentSettings settings;
  sendInterval(settings, 3, nowMs - 1);
  sendTracker(settings, "a.yml", nowMs - 1);
  const auto& again = settings.afterRestart(nowMs);
  REQUIRE(again.size() == 1);
  CHECK(std::get<InferInterval>(again[0].setting).interval == 3);
  CHECK(settings.find<TrackerConfig>() == nullptr);
  REQUIRE(settings.find<InferInterval>() != nullptr);
  CHECK(settings.find<InferInterval>()->interval == 3);
}

TEST_CASE(
    "a setting of which the pipeline failed before it arrived puts no other under suspicion") {
  SentSettings settings;
  sendInterval(settings, 3, nowMs - 1);
  settings.attempt(nowMs - 1);
  CHECK(settings.afterRestart(nowMs).size() == 1);
}

TEST_SUITE_END();
