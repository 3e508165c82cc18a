#include "vision/face-detector.h"

#include "vision/region-scan.h"

namespace sightline::vision {

namespace {

constexpr auto cascadeFile = "/usr/share/opencv4/haarcascades/haarcascade_frontalface_default.xml";

} // namespace

std::unique_ptr<FaceDetector> FaceDetector::load() {
  auto detector = std::make_unique<FaceDetector>();
  if (!detector->cascade_.load(cascadeFile)) {
    return nullptr;
  }
  return detector;
}

Boxes FaceDetector::detect(const cv::Mat& luma, const Boxes& regions) {
  constexpr double step = 1.2;
  constexpr int neighbours = 4;
  return scanRegions(luma, regions, [&](const cv::Mat& view, Boxes& found) {
    cascade_.detectMultiScale(view, found, step, neighbours);
  });
}

} // namespace sightline::vision
