#include "vision/vision.h"

#include "pipeline/limits.h"
#include "support/drawn.h"

#include <doctest/doctest.h>

#include <chrono>

using namespace sightline;
using namespace sightline::vision;
using namespace test;

namespace {

const StreamEntry door{"door", "Door", 4};

// An analysis whose clock is told: each look is so many milliseconds after the one before.
struct Bench {
  EventLog log{1000};
  Analysis analysis{1, door, log};
  std::int64_t nowMs = 1000;

  void look(const demo::Luma& luma, int afterMs = 1) {
    nowMs += afterMs;
    analysis.look(frameOf(luma), nowMs);
  }
  std::vector<Event> events() { return log.after(0, std::chrono::milliseconds(0)); }
};

} // namespace

TEST_CASE("a person becomes one object with a stable id, told by one event") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::body}, {}, 0, true}));
  for (int step = 0; step < 4; ++step) {
    bench.look(drawnPerson(300 + 8 * step));
  }
  const auto events = bench.events();
  REQUIRE(events.size() == 1);
  CHECK(events[0].kind == "object");
  CHECK(events[0].cameraId == "door");
  CHECK(events[0].sourceId == 4);
  REQUIRE(events[0].object);
  CHECK(events[0].object->detector == "body");
  CHECK(events[0].object->trackId == 1);
  const Area box = events[0].object->box;
  CHECK(box.left < 308);
  CHECK(box.left + box.width > 308);
  const auto drawn = bench.analysis.drawn();
  REQUIRE(drawn.size() == 1);
  CHECK(drawn[0].id == 1);
  CHECK(drawn[0].box.contains({324, 180}));
}

TEST_CASE("an object that stays is told again after some seconds") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::face}, {}, 0, false}));
  const demo::Luma luma = drawnFace(200);
  bench.look(luma);
  bench.look(luma);
  bench.look(luma, static_cast<int>(limits::objectEventRepeat.count()) - 1);
  CHECK(bench.events().size() == 1);
  bench.look(luma);
  CHECK(bench.events().size() == 2);
  CHECK(bench.analysis.drawn().empty());
}

TEST_CASE("no more objects are told in a second than allowed, and the rest later") {
  ObjectReport report;
  std::vector<Track> tracks;
  for (unsigned id = 1; id <= 5; ++id) {
    tracks.push_back({DetectorKind::face, id, {}, {}, 2, 0});
  }
  CHECK(report.select(tracks, {}, 1000).size() == limits::objectEventsPerSecond);
  CHECK(report.select(tracks, {}, 1999).empty());
  CHECK(report.select(tracks, {{tracks[0], "gate"}}, 1999).empty());
  const auto later = report.select(tracks, {}, 2000);
  REQUIRE(later.size() == limits::objectEventsPerSecond);
  CHECK(later[0].line == "gate");
  CHECK(later[1].line.empty());
  // What merely moves comes after the faces.
  tracks.push_back({DetectorKind::motion, 6, {}, {}, 2, 0});
  const auto last = report.select(tracks, {}, 3000);
  REQUIRE(last.size() == 2);
  CHECK(last[0].track.kind == DetectorKind::face);
  CHECK(last[1].track.kind == DetectorKind::motion);
}

TEST_CASE("the interval leaves so many pictures out between two looks") {
  Bench bench;
  const auto looks = [&](unsigned interval, int pictures) {
    bench.analysis.set(InferInterval{interval});
    int due = 0;
    for (int picture = 0; picture < pictures; ++picture) {
      due += bench.analysis.isDue() ? 1 : 0;
    }
    return due;
  };
  CHECK(looks(0, 30) == 30);
  CHECK(looks(4, 300) == 60);
  CHECK(looks(2147483647, 30) <= 1);
  CHECK(looks(0, 30) == 30);
  REQUIRE(bench.analysis.set(Detectors{{}, {}, 0, false}));
  CHECK(looks(0, 30) == 0);
}

TEST_CASE("regions that are set hold from the next look") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::face}, {}, 0, true}));
  const demo::Luma luma = drawnFace(200);
  bench.look(luma);
  bench.look(luma);
  CHECK(bench.analysis.drawn().size() == 1);
  bench.analysis.set(Rois{{{"right", {320, 0, 320, 360}}}});
  CHECK(bench.analysis.drawn().empty());
  bench.look(luma);
  CHECK(bench.analysis.drawn().empty());
  bench.analysis.set(Rois{{{"right", {320, 0, 320, 360}}, {"left", {0, 0, 320, 360}}}});
  bench.look(luma);
  CHECK(bench.analysis.drawn().size() == 1);
  CHECK(bench.analysis.detectors().rois.size() == 2);
}

TEST_CASE("an object that crosses a line of the analytics file is told with it") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::body}, {}, 0, false}));
  StreamRules rules;
  rules.lines.push_back({"Entry", {0.5, 0}, {0.5, 1}, {1, 0}});
  bench.analysis.set(rules);
  for (int x = 240; x <= 400; x += 20) {
    bench.look(drawnPerson(x), 600);
  }
  std::vector<std::string> lines;
  for (const Event& event : bench.events()) {
    lines.push_back(event.object->line);
    CHECK(event.object->trackId == 1);
  }
  CHECK(lines == std::vector<std::string>{"", "Entry"});
}

TEST_CASE("an object outside the regions of the analytics file does not count") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::body}, {}, 0, true}));
  StreamRules rules;
  rules.rois.push_back({{0.6, 0}, {1, 0}, {1, 1}, {0.6, 1}});
  bench.analysis.set(rules);
  for (int look = 0; look < 3; ++look) {
    bench.look(drawnPerson(200));
  }
  CHECK(bench.analysis.drawn().empty());
  for (int look = 0; look < 3; ++look) {
    bench.look(drawnPerson(500));
  }
  CHECK(bench.analysis.drawn().size() == 1);
}

TEST_CASE("a stream that was closed says nothing more") {
  Bench bench;
  REQUIRE(bench.analysis.set(Detectors{{DetectorKind::face}, {}, 0, false}));
  bench.look(drawnFace(200));
  bench.analysis.close();
  bench.look(drawnFace(200));
  CHECK(bench.events().empty());
}

TEST_CASE("pictures offered to the host's detectors become events") {
  EventLog log(1000);
  Vision vision(log, std::nullopt);
  const auto analysis = vision.open(door);
  REQUIRE(analysis->set(Detectors{{DetectorKind::face}, {}, 0, false}));
  const Frame frame = frameOf(drawnFace(200));
  // Nobody listens yet.
  vision.offer(*analysis, frame);
  vision.setActive(*analysis, true);
  std::vector<Event> events;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (events.empty() && std::chrono::steady_clock::now() < deadline) {
    vision.offer(*analysis, frame);
    events = log.after(0, std::chrono::milliseconds(20));
  }
  REQUIRE_FALSE(events.empty());
  CHECK(events[0].object->detector == "face");
  vision.close(*analysis);
}

TEST_CASE("what the host's detectors cannot do is not said to be done") {
  EventLog log(10);
  Vision vision(log, std::nullopt);
  const auto analysis = vision.open(door);
  CHECK(vision.set(BatchedPushTimeout{-1}));
  CHECK(vision.set(BatchedPushTimeout{2147483647}));
  CHECK(vision.set(MuxMaxLatency{4294967295}));
  CHECK_FALSE(vision.set(MuxMaxLatency{18446744073709551615U}));
  CHECK_FALSE(vision.set(AnalyticsReload{}));
  CHECK(vision.set(*analysis, TrackerConfig{"/etc/passwd"}) == ChangeResult::noFile);
  CHECK(vision.set(*analysis, Detectors{{}, {}, 7, true, "/etc/passwd"}) == ChangeResult::noFile);
  CHECK(analysis->detectors().interval == 0);
  CHECK(analysis->detectors().trackerConfig.empty());
}

TEST_CASE("what the batches wait for is shown as it is in force") {
  EventLog log(10);
  Vision vision(log, std::nullopt);
  CHECK(vision.shared().batchedPushTimeout.microseconds == limits::batchedPushTimeout.count());
  CHECK(vision.shared().maxLatency.nanoseconds == 0);
  for (const std::int64_t timeout : {-1L, 0L, 2147483647L}) {
    REQUIRE(vision.set(BatchedPushTimeout{timeout}));
    CHECK(vision.shared().batchedPushTimeout.microseconds == timeout);
  }
  REQUIRE(vision.set(MuxMaxLatency{4294967295}));
  REQUIRE_FALSE(vision.set(MuxMaxLatency{18446744073709551615U}));
  CHECK(vision.shared().maxLatency.nanoseconds == 4294967295);
}
