// Drawn persons and faces as what detectors look at.
#pragma once

#include "figure.h"
#include "vision/frame.h"

#include <memory>

namespace test {

inline sightline::vision::Frame frameOf(demo::Luma luma) {
  auto kept = std::make_shared<demo::Luma>(std::move(luma));
  cv::Mat plane(kept->height, kept->width, CV_8U, kept->bytes.data());
  return {plane, kept};
}

inline demo::Luma drawnPerson(double centreX, int width = 640, int height = 360) {
  demo::Luma luma(width, height, demo::personGround);
  demo::drawPerson(luma, centreX, height * 0.25, height * 0.5);
  return luma;
}

inline demo::Luma drawnFace(double centreX, int width = 640, int height = 360) {
  demo::Luma luma(width, height, demo::faceGround);
  demo::drawFace(luma, centreX, height * 0.5, height * 0.3);
  return luma;
}

inline demo::Luma drawnBox(int left, int top, int size) {
  demo::Luma luma(640, 360, 100);
  for (int row = top; row < top + size; ++row) {
    for (int column = left; column < left + size; ++column) {
      luma.bytes[static_cast<std::size_t>(row) * 640 + static_cast<std::size_t>(column)] = 200;
    }
  }
  return luma;
}

} // namespace test
