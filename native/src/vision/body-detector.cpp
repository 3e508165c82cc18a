#include "vision/body-detector.h"

#include "vision/region-scan.h"

namespace sightline::vision {

BodyDetector::BodyDetector() {
  hog_.setSVMDetector(cv::HOGDescriptor::getDefaultPeopleDetector());
}

Boxes BodyDetector::detect(const cv::Mat& luma, const Boxes& regions) {
  // Coarser steps are faster, and find next to nothing of 100 pixels.
  constexpr double step = 1.05;
  const cv::Size stride(8, 8);
  return scanRegions(luma, regions, [&](const cv::Mat& view, Boxes& found) {
    if (view.cols >= hog_.winSize.width && view.rows >= hog_.winSize.height) {
      hog_.detectMultiScale(view, found, 0, stride, cv::Size(), step);
    }
  });
}

} // namespace sightline::vision
