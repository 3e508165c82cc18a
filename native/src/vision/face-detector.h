#pragma once

#include "vision/detector.h"

#include <opencv2/objdetect.hpp>

namespace sightline::vision {

// Faces from the front, by OpenCV's Haar cascade; some 40 ms for 640x360.
class FaceDetector final : public Detector {
 public:
  // Null when the cascade is not installed (Debian: opencv-data).
  static std::unique_ptr<FaceDetector> load();

  Boxes detect(const cv::Mat& luma, const Boxes& regions) override;

 private:
  cv::CascadeClassifier cascade_;
};

} // namespace sightline::vision
