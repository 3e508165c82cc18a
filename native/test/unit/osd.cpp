#include "vision/osd.h"

#include <doctest/doctest.h>

using namespace sightline;
using namespace sightline::vision;

namespace {

struct Canvas {
  Planes planes;
  Canvas(int width, int height)
      : planes{cv::Mat(height, width, CV_8U, cv::Scalar(16)),
               cv::Mat((height + 1) / 2, (width + 1) / 2, CV_8U, cv::Scalar(128)),
               cv::Mat((height + 1) / 2, (width + 1) / 2, CV_8U, cv::Scalar(128))} {}
  void draw(cv::Rect box, DetectorKind kind = DetectorKind::face, bool labels = true) {
    drawObjects(planes, {{kind, 7, box, {}, 2, 0}}, labels);
  }
};

} // namespace

TEST_CASE("a box is drawn on its edges in the colour of its detector, and nothing inside") {
  Canvas canvas(320, 240);
  canvas.draw({100, 100, 60, 80});
  for (const cv::Point edge : {cv::Point(100, 140), {159, 140}, {130, 100}, {130, 179}}) {
    CHECK(canvas.planes.luma.at<std::uint8_t>(edge) == 170);
    CHECK(canvas.planes.blue.at<std::uint8_t>(edge / 2) == 54);
    CHECK(canvas.planes.red.at<std::uint8_t>(edge / 2) == 34);
  }
  CHECK(canvas.planes.luma.at<std::uint8_t>(140, 130) == 16);
  CHECK(canvas.planes.blue.at<std::uint8_t>(70, 65) == 128);
  CHECK(canvas.planes.luma.at<std::uint8_t>(200, 130) == 16);
  // The label above it.
  CHECK(canvas.planes.luma.at<std::uint8_t>(98, 101) == 170);
  Canvas other(320, 240);
  other.draw({100, 100, 60, 80}, DetectorKind::body);
  CHECK(other.planes.luma.at<std::uint8_t>(140, 100) == 120);
  Canvas plain(320, 240);
  plain.draw({100, 100, 60, 80}, DetectorKind::face, false);
  CHECK(plain.planes.luma.at<std::uint8_t>(100, 101) == 170);
  CHECK(plain.planes.luma.at<std::uint8_t>(98, 101) == 16);
}

TEST_CASE("a box at or beyond the edge of an odd picture is cut to it") {
  for (const cv::Rect box :
       {cv::Rect(0, 0, 33, 17), cv::Rect(30, 15, 40, 40), cv::Rect(-5, -5, 10, 10),
        cv::Rect(32, 16, 1, 1), cv::Rect(100, 100, 5, 5), cv::Rect()}) {
    Canvas canvas(33, 17);
    canvas.draw(box);
    CHECK(canvas.planes.luma.size() == cv::Size(33, 17));
  }
}
