#pragma once

#include "vision/detector.h"

#include <functional>

namespace sightline::vision {

// Looks at each region on its own, made smaller when it is larger than detectors can afford, and
// says what was found in pixels of the picture, each thing once.
Boxes scanRegions(const cv::Mat& luma, const Boxes& regions,
                  const std::function<void(const cv::Mat&, Boxes&)>& scan);

} // namespace sightline::vision
