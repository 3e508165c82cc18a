#pragma once

#include "vision/detector.h"

#include <opencv2/objdetect.hpp>

namespace sightline::vision {

// Standing and walking persons of some 100 pixels and more, by OpenCV's HOG; some 50 ms for
// 640x360.
class BodyDetector final : public Detector {
 public:
  BodyDetector();
  Boxes detect(const cv::Mat& luma, const Boxes& regions) override;

 private:
  cv::HOGDescriptor hog_;
};

} // namespace sightline::vision
