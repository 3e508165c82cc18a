#pragma once

#include "pipeline/settings.h"

#include <opencv2/core/mat.hpp>

#include <memory>
#include <vector>

namespace sightline::vision {

using Boxes = std::vector<cv::Rect>;

// Finds things in the luma of one stream's pictures, in order. Used by one thread at a time.
class Detector {
 public:
  virtual ~Detector() = default;

  // In pixels of `luma`. Looks only in `regions`; they lie inside the picture.
  virtual Boxes detect(const cv::Mat& luma, const Boxes& regions) = 0;
};

// Null when the model that it needs is not installed.
std::unique_ptr<Detector> makeDetector(DetectorKind kind);

// The parts of the areas that lie inside a picture; the whole picture when there is no area at all.
Boxes regionsOf(const std::vector<Roi>& rois, cv::Size picture);

// Shared area by covered area, 0 to 1.
double overlap(const cv::Rect& one, const cv::Rect& other);

} // namespace sightline::vision
