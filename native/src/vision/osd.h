#pragma once

#include "vision/tracker.h"

#include <opencv2/core/mat.hpp>

#include <vector>

namespace sightline::vision {

// The planes of an I420 picture where they lie; the chroma planes have half its size.
struct Planes {
  cv::Mat luma;
  cv::Mat blue;
  cv::Mat red;
};

// Draws each object's box in the colour of its detector and, with labels, its detector and id
// above.
void drawObjects(Planes& planes, const std::vector<Track>& objects, bool labels);

} // namespace sightline::vision
