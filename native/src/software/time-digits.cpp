#include "software/time-digits.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <string>

namespace sightline {

namespace {

constexpr std::uint8_t black = 16;
constexpr std::uint8_t white = 235;

struct Box {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

void fill(const LumaPlane& plane, const Box& box, std::uint8_t brightness) {
  const int right = std::min(box.left + box.width, plane.width);
  const int bottom = std::min(box.top + box.height, plane.height);
  for (int y = box.top; y < bottom && box.left < right; ++y) {
    std::memset(plane.pixels + y * plane.stride + box.left, brightness,
                static_cast<std::size_t>(right - box.left));
  }
}

// Which segments a digit lights: top, upper left, upper right, middle, lower left, lower right,
// bottom.
constexpr std::array<unsigned, 10> lit{0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010,
                                       0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011};

void drawDigit(const LumaPlane& plane, unsigned digit, const Box& box, int pen) {
  const int half = box.height / 2;
  const int right = box.left + box.width - pen;
  const std::array<Box, 7> segments{{
      {box.left, box.top, box.width, pen},
      {box.left, box.top, pen, half},
      {right, box.top, pen, half},
      {box.left, box.top + half - pen / 2, box.width, pen},
      {box.left, box.top + half, pen, half},
      {right, box.top + half, pen, half},
      {box.left, box.top + box.height - pen, box.width, pen},
  }};
  for (std::size_t at = 0; at < segments.size(); ++at) {
    if ((lit.at(digit) >> (segments.size() - 1 - at) & 1U) != 0) {
      fill(plane, segments[at], white);
    }
  }
}

std::string timeText(std::int64_t epochMs) {
  const std::time_t seconds = epochMs / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  std::snprintf(text, sizeof text, "%02d:%02d:%02d.%d", parts.tm_hour, parts.tm_min, parts.tm_sec,
                static_cast<int>(epochMs % 1000 / 100));
  return text;
}

} // namespace

int timeCell(int width, int height) {
  return std::max(4, std::min(width / 12, height / 4));
}

void drawTime(const LumaPlane& plane, std::int64_t epochMs) {
  const std::string text = timeText(epochMs);
  const int cell = timeCell(plane.width, plane.height);
  const int pen = std::max(1, cell / 6);
  Box box{cell / 4, cell / 4, cell * 3 / 4, cell * 3 / 2};
  fill(plane, {0, 0, cell * static_cast<int>(text.size()), cell * 2}, black);
  for (const char character : text) {
    if (character >= '0' && character <= '9') {
      drawDigit(plane, static_cast<unsigned>(character - '0'), box, pen);
    } else {
      fill(plane, {box.left + pen, box.top + box.height - pen, pen, pen}, white);
    }
    if (character == ':') {
      fill(plane, {box.left + pen, box.top + pen, pen, pen}, white);
    }
    box.left += cell;
  }
}

} // namespace sightline
