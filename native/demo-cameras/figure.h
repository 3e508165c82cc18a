// Persons and faces drawn in grey by proportions, such that OpenCV's stock detectors find them: no
// recording of anybody is needed to show or to test detection.
#pragma once

#include <cstdint>
#include <vector>

namespace demo {

// A plane of luma.
struct Luma {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> bytes;

  Luma(int width, int height, std::uint8_t ground)
      : width(width), height(height), bytes(static_cast<std::size_t>(width) * height, ground) {}
};

// The ground that a figure needs around it.
inline constexpr std::uint8_t personGround = 217;
inline constexpr std::uint8_t faceGround = 120;

// Both are clipped at the edges of the picture. A person walks by its `stride`, from -1 to 1.
void drawPerson(Luma& luma, double centreX, double top, double height, double stride = 0.3);
void drawFace(Luma& luma, double centreX, double centreY, double width);

} // namespace demo
