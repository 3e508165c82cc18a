#include "vision/osd.h"

#include <opencv2/imgproc.hpp>

#include <algorithm>

namespace sightline::vision {

namespace {

struct Colour {
  double y = 0;
  double u = 0;
  double v = 0;
};

Colour colourOf(DetectorKind kind) {
  switch (kind) {
  case DetectorKind::motion:
    return {210, 16, 146};
  case DetectorKind::face:
    return {170, 54, 34};
  case DetectorKind::body:
    return {120, 90, 240};
  }
  return {};
}

constexpr int pen = 2;

// Grows an area to even coordinates, which the chroma planes have.
cv::Rect even(const cv::Rect& area) {
  const cv::Point start(area.x & ~1, area.y & ~1);
  return {start, cv::Point((area.br().x + 1) & ~1, (area.br().y + 1) & ~1)};
}

void fill(Planes& planes, const cv::Rect& wanted, const Colour& colour) {
  const cv::Rect area = even(wanted) & cv::Rect({}, planes.luma.size());
  const cv::Rect half =
      cv::Rect(area.x / 2, area.y / 2, (area.width + 1) / 2, (area.height + 1) / 2) &
      cv::Rect({}, planes.blue.size());
  planes.luma(area).setTo(colour.y);
  planes.blue(half).setTo(colour.u);
  planes.red(half).setTo(colour.v);
}

void drawLabel(Planes& planes, const Track& object, const Colour& colour) {
  constexpr int font = cv::FONT_HERSHEY_PLAIN;
  constexpr double size = 0.9;
  constexpr int margin = 2;
  const std::string text = detectorName(object.kind) + " " + std::to_string(object.id);
  int below = 0;
  const cv::Size extent = cv::getTextSize(text, font, size, 1, &below);
  const int height = extent.height + below + 2 * margin;
  // Above the box, or in it where there is no room above.
  const int top = std::max(object.box.y - height, 0);
  fill(planes, {object.box.x, top, extent.width + 2 * margin, height}, colour);
  cv::putText(planes.luma, text, {object.box.x + margin, top + margin + extent.height}, font, size,
              cv::Scalar(colour.y < 150 ? 235 : 16), 1);
}

} // namespace

void drawObjects(Planes& planes, const std::vector<Track>& objects, bool labels) {
  for (const Track& object : objects) {
    const Colour colour = colourOf(object.kind);
    const cv::Rect box = even(object.box);
    fill(planes, {box.x, box.y, box.width, pen}, colour);
    fill(planes, {box.x, box.br().y - pen, box.width, pen}, colour);
    fill(planes, {box.x, box.y, pen, box.height}, colour);
    fill(planes, {box.br().x - pen, box.y, pen, box.height}, colour);
    if (labels) {
      drawLabel(planes, object, colour);
    }
  }
}

} // namespace sightline::vision
