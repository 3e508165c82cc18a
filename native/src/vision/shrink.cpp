#include "vision/shrink.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace sightline::vision {

Shrunk shrink(const cv::Mat& luma, cv::Size max) {
  const double factor = std::max({1.0, static_cast<double>(luma.cols) / max.width,
                                  static_cast<double>(luma.rows) / max.height});
  if (factor <= 1) {
    return {luma, 1};
  }
  // A very thin picture keeps a pixel.
  const cv::Size size(std::max(1, cvRound(luma.cols / factor)),
                      std::max(1, cvRound(luma.rows / factor)));
  Shrunk shrunk{{}, factor};
  cv::resize(luma, shrunk.view, size, 0, 0, cv::INTER_AREA);
  return shrunk;
}

} // namespace sightline::vision
