#pragma once

#include <cstdint>
#include <vector>

namespace demo {

// What all demo cameras show: 10 s at 15 frames a second, then again.
inline constexpr int width = 640;
inline constexpr int height = 360;
inline constexpr int framesPerSecond = 15;
inline constexpr int framesPerGroup = 15;
inline constexpr int framesPerLoop = 150;

// One I420 picture of a camera: its own hue and number, a ball and a box that move with the loop,
// and a clock of the loop in tenths of a second.
std::vector<std::uint8_t> drawPicture(int camera, int frame);

// One I420 picture of a person that walks through a grey place and back, and beside it, on a
// screen, a face that sways: what body, face and motion detectors find.
std::vector<std::uint8_t> drawFigures(int frame);

} // namespace demo
