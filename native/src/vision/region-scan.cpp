#include "vision/region-scan.h"

#include "pipeline/limits.h"
#include "vision/shrink.h"

#include <algorithm>

namespace sightline::vision {

namespace {

cv::Rect place(const cv::Rect& found, const cv::Rect& region, double factor) {
  const cv::Rect box(region.x + cvRound(found.x * factor), region.y + cvRound(found.y * factor),
                     cvRound(found.width * factor), cvRound(found.height * factor));
  return box & region;
}

// Regions may overlap, and then a thing is found in both.
bool isKnown(const Boxes& boxes, const cv::Rect& box) {
  constexpr double sameThing = 0.5;
  return std::any_of(boxes.begin(), boxes.end(),
                     [&](const cv::Rect& known) { return overlap(known, box) > sameThing; });
}

} // namespace

Boxes scanRegions(const cv::Mat& luma, const Boxes& regions,
                  const std::function<void(const cv::Mat&, Boxes&)>& scan) {
  Boxes boxes;
  for (const cv::Rect& region : regions) {
    const auto [view, factor] =
        shrink(luma(region), {limits::detectionWidthMax, limits::detectionHeightMax});
    Boxes found;
    scan(view, found);
    for (const cv::Rect& one : found) {
      const cv::Rect box = place(one, region, factor);
      if (!box.empty() && !isKnown(boxes, box)) {
        boxes.push_back(box);
      }
    }
  }
  return boxes;
}

} // namespace sightline::vision
