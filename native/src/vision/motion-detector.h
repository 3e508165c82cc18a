#pragma once

#include "vision/detector.h"

namespace sightline::vision {

// What differs from a running average of the pictures before; 0.1 ms a picture. The first picture,
// also after a change of size, shows nothing.
class MotionDetector final : public Detector {
 public:
  Boxes detect(const cv::Mat& luma, const Boxes& regions) override;

 private:
  cv::Mat background_;
  cv::Size pictureSize_;
};

} // namespace sightline::vision
