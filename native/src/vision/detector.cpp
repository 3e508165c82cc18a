#include "vision/detector.h"

#include "vision/body-detector.h"
#include "vision/face-detector.h"
#include "vision/motion-detector.h"

#include <algorithm>

namespace sightline::vision {

namespace {

// Any unsigned is allowed in an area; a picture is never that large.
int clamp(unsigned value, int max) {
  return static_cast<int>(std::min(value, static_cast<unsigned>(max)));
}

} // namespace

std::unique_ptr<Detector> makeDetector(DetectorKind kind) {
  switch (kind) {
  case DetectorKind::motion:
    return std::make_unique<MotionDetector>();
  case DetectorKind::face:
    return FaceDetector::load();
  case DetectorKind::body:
    return std::make_unique<BodyDetector>();
  }
  return nullptr;
}

Boxes regionsOf(const std::vector<Roi>& rois, cv::Size picture) {
  if (rois.empty()) {
    return {cv::Rect({}, picture)};
  }
  Boxes regions;
  for (const Roi& roi : rois) {
    const int left = clamp(roi.area.left, picture.width);
    const int top = clamp(roi.area.top, picture.height);
    const cv::Rect region(left, top, clamp(roi.area.width, picture.width - left),
                          clamp(roi.area.height, picture.height - top));
    if (!region.empty()) {
      regions.push_back(region);
    }
  }
  return regions;
}

double overlap(const cv::Rect& one, const cv::Rect& other) {
  const double shared = (one & other).area();
  const double covered = one.area() + other.area() - shared;
  return covered > 0 ? shared / covered : 0;
}

} // namespace sightline::vision
