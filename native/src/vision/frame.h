#pragma once

#include <opencv2/core/mat.hpp>

#include <memory>

namespace sightline::vision {

// The luma plane of a picture where it lies, and what keeps it there.
struct Frame {
  cv::Mat luma;
  std::shared_ptr<const void> memory;
};

} // namespace sightline::vision
