#include "support/read-time.h"

#include "software/time-digits.h"

#include <array>

namespace test {

namespace {

char readDigit(const Picture& picture, int left, int top, int cell) {
  const int width = cell * 3 / 4;
  const int height = cell * 3 / 2;
  const int pen = cell / 6;
  const int middle = left + width / 2;
  const int right = left + width - pen / 2 - 1;
  const std::array<std::array<int, 2>, 7> places{{{middle, top + pen / 2},
                                                  {left + pen / 2, top + height / 4},
                                                  {right, top + height / 4},
                                                  {middle, top + height / 2},
                                                  {left + pen / 2, top + height * 3 / 4},
                                                  {right, top + height * 3 / 4},
                                                  {middle, top + height - pen / 2 - 1}}};
  // Segments from the top to the bottom, from the left to the right.
  static const std::array<std::string, 10> digits{"1110111", "0010010", "1011101", "1011011",
                                                  "0111010", "1101011", "1101111", "1010010",
                                                  "1111111", "1111011"};
  std::string seen;
  for (const auto& [x, y] : places) {
    seen += picture.at(x, y) > 128 ? '1' : '0';
  }
  for (std::size_t digit = 0; digit < digits.size(); ++digit) {
    if (digits[digit] == seen) {
      return static_cast<char>('0' + digit);
    }
  }
  return '?';
}

} // namespace

std::string readTime(const Picture& picture) {
  const int cell = sightline::timeCell(picture.width, picture.height);
  std::string text = "00:00:00.0";
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '0') {
      text[at] = readDigit(picture, cell / 4 + static_cast<int>(at) * cell, cell / 4, cell);
    }
  }
  return text;
}

} // namespace test
