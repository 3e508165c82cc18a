#pragma once

#include <opencv2/core/mat.hpp>

namespace sightline::vision {

struct Shrunk {
  cv::Mat view;
  // Leads back to the pixels of the original; 1 when it was small enough.
  double factor = 1;
};

// In proportion, such that it fits into `max`.
Shrunk shrink(const cv::Mat& luma, cv::Size max);

} // namespace sightline::vision
