#pragma once

#include <cstddef>
#include <cstdint>

namespace sightline {

// The brightness of a picture, to draw into.
struct LumaPlane {
  std::uint8_t* pixels = nullptr;
  std::ptrdiff_t stride = 0;
  int width = 0;
  int height = 0;
};

// Writes a time of day as HH:MM:SS.t, UTC, in seven-segment digits: white on black, in ten cells of
// `timeCell` pixels from the upper left corner on.
void drawTime(const LumaPlane& plane, std::int64_t epochMs);
int timeCell(int width, int height);

} // namespace sightline
