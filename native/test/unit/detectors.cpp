#include "vision/detector.h"

#include "support/drawn.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::vision;
using namespace test;

namespace {

Boxes detect(DetectorKind kind, const demo::Luma& luma, const std::vector<Roi>& rois = {}) {
  const auto detector = makeDetector(kind);
  REQUIRE(detector);
  const Frame frame = frameOf(luma);
  return detector->detect(frame.luma, regionsOf(rois, frame.luma.size()));
}

const Roi leftHalf{"left", {0, 0, 320, 360}};
const Roi rightHalf{"right", {320, 0, 320, 360}};

} // namespace

TEST_CASE("a drawn face is found where it is, and only by the face detector") {
  const demo::Luma luma = drawnFace(200);
  const Boxes boxes = detect(DetectorKind::face, luma);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].contains({200, 180}));
  CHECK(boxes[0].width > 80);
  CHECK(boxes[0].width < 180);
  CHECK(detect(DetectorKind::body, luma).empty());
  CHECK(detect(DetectorKind::face, demo::Luma(640, 360, demo::faceGround)).empty());
}

TEST_CASE("a drawn person is found where it is, and only by the body detector") {
  const demo::Luma luma = drawnPerson(450);
  const Boxes boxes = detect(DetectorKind::body, luma);
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].contains({450, 180}));
  CHECK(boxes[0].height > 150);
  CHECK(detect(DetectorKind::face, luma).empty());
  CHECK(detect(DetectorKind::body, demo::Luma(640, 360, demo::personGround)).empty());
}

TEST_CASE("a detector looks only into its regions, and into all of them") {
  for (const DetectorKind kind : {DetectorKind::face, DetectorKind::body}) {
    CAPTURE(detectorName(kind));
    const demo::Luma luma = kind == DetectorKind::face ? drawnFace(480) : drawnPerson(480);
    CHECK(detect(kind, luma, {leftHalf}).empty());
    const Boxes boxes = detect(kind, luma, {rightHalf});
    REQUIRE(boxes.size() == 1);
    CHECK(boxes[0].contains({480, 180}));
    CHECK(detect(kind, luma, {leftHalf, rightHalf}).size() == 1);
    // In overlapping regions it is found twice and told once.
    CHECK(detect(kind, luma, {rightHalf, {"whole", {0, 0, 640, 360}}}).size() == 1);
  }
}

TEST_CASE("a large picture is looked at smaller, and boxes are in its own pixels") {
  const Boxes boxes = detect(DetectorKind::face, drawnFace(1500, 1920, 1080));
  REQUIRE(boxes.size() == 1);
  CHECK(boxes[0].contains({1500, 540}));
  CHECK(boxes[0].width > 240);
}

TEST_CASE("a region is cut to the picture, and one outside or empty is none") {
  const cv::Size picture(640, 360);
  CHECK(regionsOf({}, picture) == Boxes{{0, 0, 640, 360}});
  CHECK(regionsOf({{"a", {600, 300, 4294967295U, 4294967295U}}}, picture) ==
        Boxes{{600, 300, 40, 60}});
  CHECK(regionsOf({{"a", {640, 0, 10, 10}}, {"b", {4294967295U, 0, 10, 10}}, {"c", {}}}, picture)
            .empty());
}

TEST_CASE("a region smaller than a detector's window is looked at without a complaint") {
  const demo::Luma luma = drawnPerson(320);
  for (const DetectorKind kind : {DetectorKind::motion, DetectorKind::face, DetectorKind::body}) {
    CHECK(detect(kind, luma, {{"tiny", {3, 3, 1, 1}}}).empty());
  }
}

TEST_CASE("what moves is found where it is, what stands is not") {
  const auto detector = makeDetector(DetectorKind::motion);
  const Boxes whole{{0, 0, 640, 360}};
  CHECK(detector->detect(frameOf(drawnBox(100, 100, 40)).luma, whole).empty());
  CHECK(detector->detect(frameOf(drawnBox(100, 100, 40)).luma, whole).empty());
  const Boxes moved = detector->detect(frameOf(drawnBox(400, 200, 40)).luma, whole);
  // Where it was and where it is now.
  REQUIRE(moved.size() == 2);
  CHECK((moved[0].contains({420, 220}) || moved[1].contains({420, 220})));
  CHECK((moved[0].contains({120, 120}) || moved[1].contains({120, 120})));
}

TEST_CASE("motion is told only in its regions") {
  const auto detector = makeDetector(DetectorKind::motion);
  const Boxes left{{0, 0, 320, 360}};
  detector->detect(frameOf(drawnBox(100, 100, 40)).luma, left);
  const Boxes moved = detector->detect(frameOf(drawnBox(400, 200, 40)).luma, left);
  REQUIRE(moved.size() == 1);
  CHECK(moved[0].contains({120, 120}));
}

TEST_CASE("a picture of another size is a new ground and no motion") {
  const auto detector = makeDetector(DetectorKind::motion);
  const auto look = [&](int width, int height) {
    return detector->detect(frameOf(demo::Luma(width, height, width % 251)).luma,
                            {{0, 0, width, height}});
  };
  for (const int width : {640, 1, 320, 1920, 2}) {
    CHECK(look(width, 360).empty());
    CHECK(look(width, 360).empty());
  }
}
