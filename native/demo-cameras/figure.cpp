#include "figure.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace demo {

namespace {

struct Point {
  double x = 0;
  double y = 0;
};

struct Extent {
  double left = 0;
  double top = 0;
  double right = 0;
  double bottom = 0;
};

using Covers = std::function<bool(Point)>;

// Soft edges, as a lens makes them: each pixel takes the shape's grey by the share of its samples
// that lie inside. Detectors that look at gradients find hard edges less well.
void fill(Luma& luma, const Extent& extent, std::uint8_t grey, const Covers& covers) {
  constexpr int samples = 4;
  const int left = std::max(0, static_cast<int>(std::floor(extent.left)));
  const int top = std::max(0, static_cast<int>(std::floor(extent.top)));
  const int right = std::min(luma.width, static_cast<int>(std::ceil(extent.right)) + 1);
  const int bottom = std::min(luma.height, static_cast<int>(std::ceil(extent.bottom)) + 1);
  for (int y = top; y < bottom; ++y) {
    for (int x = left; x < right; ++x) {
      int inside = 0;
      for (int sample = 0; sample < samples * samples; ++sample) {
        inside +=
            covers({x + (sample % samples + 0.5) / samples, y + (sample / samples + 0.5) / samples})
                ? 1
                : 0;
      }
      std::uint8_t& pixel = luma.bytes[static_cast<std::size_t>(y) * luma.width + x];
      const double share = static_cast<double>(inside) / (samples * samples);
      pixel = static_cast<std::uint8_t>(std::lround(pixel + (grey - pixel) * share));
    }
  }
}

void fillEllipse(Luma& luma, Point centre, Point radius, std::uint8_t grey) {
  const Extent extent{centre.x - radius.x, centre.y - radius.y, centre.x + radius.x,
                      centre.y + radius.y};
  fill(luma, extent, grey, [&](Point at) {
    const double x = (at.x - centre.x) / radius.x;
    const double y = (at.y - centre.y) / radius.y;
    return x * x + y * y <= 1;
  });
}

// A limb: from one place and width to another.
struct End {
  Point at;
  double width = 0;
};

void fillTrapezoid(Luma& luma, const End& upper, const End& lower, std::uint8_t grey) {
  const double reach = std::max(upper.width, lower.width) / 2;
  const Extent extent{std::min(upper.at.x, lower.at.x) - reach, upper.at.y,
                      std::max(upper.at.x, lower.at.x) + reach, lower.at.y};
  fill(luma, extent, grey, [&](Point at) {
    const double share = (at.y - upper.at.y) / (lower.at.y - upper.at.y);
    if (share < 0 || share > 1) {
      return false;
    }
    const double middle = upper.at.x + (lower.at.x - upper.at.x) * share;
    const double width = upper.width + (lower.width - upper.width) * share;
    return std::abs(at.x - middle) <= width / 2;
  });
}

} // namespace

void drawPerson(Luma& luma, double centreX, double top, double height, double stride) {
  constexpr std::uint8_t dark = 16;
  const auto at = [&](double x, double y) { return Point{centreX + x * height, top + y * height}; };
  const auto end = [&](double x, double y, double width) { return End{at(x, y), width * height}; };
  const double step = stride * 0.06;
  fillEllipse(luma, at(0, 0.075), {0.055 * height, 0.075 * height}, dark);
  fillTrapezoid(luma, end(0, 0.13, 0.07), end(0, 0.18, 0.2), dark);
  fillTrapezoid(luma, end(0, 0.175, 0.24), end(0, 0.56, 0.2), dark);
  for (const double side : {-1.0, 1.0}) {
    fillTrapezoid(luma, end(side * 0.045, 0.54, 0.1), end(side * (0.05 + step), 0.95, 0.05), dark);
    fillEllipse(luma, at(side * (0.055 + step), 0.965), {0.04 * height, 0.025 * height}, dark);
  }
}

void drawFace(Luma& luma, double centreX, double centreY, double width) {
  const auto at = [&](double x, double y) {
    return Point{centreX + x * width, centreY + y * width};
  };
  const auto ellipse = [&](Point centre, double radiusX, double radiusY, std::uint8_t grey) {
    fillEllipse(luma, centre, {radiusX * width, radiusY * width}, grey);
  };
  ellipse(at(0, -0.12), 0.56, 0.68, 40);
  ellipse(at(0, 0.05), 0.47, 0.6, 190);
  for (const double side : {-1.0, 1.0}) {
    ellipse(at(side * 0.24, 0.22), 0.13, 0.12, 205);
    ellipse(at(side * 0.2, -0.17), 0.14, 0.03, 60);
    ellipse(at(side * 0.2, -0.06), 0.11, 0.055, 65);
    ellipse(at(side * 0.2, -0.06), 0.05, 0.05, 40);
  }
  ellipse(at(0, 0.07), 0.06, 0.17, 215);
  ellipse(at(0, 0.36), 0.17, 0.045, 80);
}

} // namespace demo
