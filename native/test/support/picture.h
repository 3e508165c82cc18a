#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace test {

// 0 x 0 when the bytes were no JPEG.
struct Picture {
  int width = 0;
  int height = 0;
  // Row by row, without padding.
  std::vector<std::uint8_t> luma;
};

Picture decodeJpeg(const std::string& bytes);

} // namespace test
