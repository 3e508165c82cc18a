#include "vision/tracker.h"

#include "vision/tracker-file.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::vision;

namespace {

std::vector<Found> faces(Boxes boxes) {
  return {{DetectorKind::face, std::move(boxes)}};
}

} // namespace

TEST_CASE("an object keeps its id while it moves, and is believed from the second sight") {
  Tracker tracker;
  tracker.update(faces({{100, 100, 50, 50}}));
  CHECK(tracker.seen().empty());
  for (int step = 1; step < 20; ++step) {
    tracker.update(faces({{100 + 10 * step, 100, 50, 50}}));
    REQUIRE(tracker.seen().size() == 1);
    CHECK(tracker.seen()[0].id == 1);
    CHECK(tracker.seen()[0].box.x == 100 + 10 * step);
    CHECK(tracker.seen()[0].previousBox.x == 90 + 10 * step);
  }
}

TEST_CASE("two objects that pass each other closely keep their ids") {
  Tracker tracker;
  for (int step = 0; step <= 20; ++step) {
    const cv::Rect one(100 + 10 * step, 100, 60, 60);
    const cv::Rect other(300 - 10 * step, 150, 60, 60);
    tracker.update(faces(step % 2 == 0 ? Boxes{one, other} : Boxes{other, one}));
  }
  const auto seen = tracker.seen();
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].id == 1);
  CHECK(seen[0].box.x == 300);
  CHECK(seen[1].id == 2);
  CHECK(seen[1].box.x == 100);
}

TEST_CASE("an object that comes back within the maximal age is the same, later it is another") {
  Tracker tracker;
  tracker.setParameters({3, 2, 0.2});
  const cv::Rect place(10, 10, 40, 40);
  tracker.update(faces({place}));
  tracker.update(faces({place}));
  for (int absent = 0; absent < 3; ++absent) {
    tracker.update(faces({}));
    CHECK(tracker.seen().empty());
  }
  tracker.update(faces({place}));
  REQUIRE(tracker.seen().size() == 1);
  CHECK(tracker.seen()[0].id == 1);
  for (int absent = 0; absent < 4; ++absent) {
    tracker.update(faces({}));
  }
  tracker.update(faces({place}));
  tracker.update(faces({place}));
  REQUIRE(tracker.seen().size() == 1);
  CHECK(tracker.seen()[0].id == 2);
}

TEST_CASE("a jump with too small an overlap is another object") {
  const auto idAfter = [&](double minOverlap) {
    Tracker fresh;
    fresh.setParameters({3, 1, minOverlap});
    fresh.update(faces({{0, 0, 40, 40}}));
    fresh.update(faces({{20, 0, 40, 40}}));
    return fresh.seen().front().id;
  };
  // A third is shared.
  CHECK(idAfter(0.3) == 1);
  CHECK(idAfter(0.4) == 2);
}

TEST_CASE("a face and a body in one place are two objects") {
  Tracker tracker;
  tracker.setParameters({3, 1, 0.2});
  const cv::Rect place(10, 10, 40, 40);
  tracker.update({{DetectorKind::face, {place}}, {DetectorKind::body, {place}}});
  tracker.update({{DetectorKind::body, {place}}});
  REQUIRE(tracker.seen().size() == 1);
  CHECK(tracker.seen()[0].kind == DetectorKind::body);
  CHECK(tracker.seen()[0].id == 2);
}

TEST_CASE("a tracker's file is read as DeepStream writes it") {
  const auto parameters = parseTrackerFile("%YAML:1.0\n---\nTargetManagement:\n"
                                           "  maxShadowTrackingAge: 38   # frames\n"
                                           "  probationAge: 4\r\n  other: [1, 2]\n"
                                           "DataAssociator:\n  minMatchingScore4Iou: 0.0543\n");
  REQUIRE(parameters);
  CHECK(parameters->maxShadowTrackingAge == 38);
  CHECK(parameters->probationAge == 4);
  CHECK(parameters->minMatchingScore4Iou == doctest::Approx(0.0543));
  CHECK(parseTrackerFile("maxShadowTrackingAge: 5")->probationAge == 2);
}

TEST_CASE("a tracker's file without sense is refused as a whole") {
  for (const char* text :
       {"", "# probationAge: 3", "probationAge: -1", "probationAge: three", "probationAge: 3.5",
        "probationAge:", "minMatchingScore4Iou: 1.5", "minMatchingScore4Iou: nan",
        "maxShadowTrackingAge: 99999999999", "probationAge: 3\nminMatchingScore4Iou: x"}) {
    CAPTURE(text);
    CHECK_FALSE(parseTrackerFile(text));
  }
}
