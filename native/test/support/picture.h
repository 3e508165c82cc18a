#pragma once

#include <gst/gst.h>

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

  int at(int x, int y) const { return luma.at(static_cast<std::size_t>(y * width + x)); }
};

Picture decodeJpeg(const std::string& bytes);
// Of a raw picture whose first plane is its brightness.
Picture readPicture(GstSample* sample);

// Keeps a JPEG for people to look at, as `name`.jpg in the folder SIGHTLINE_TEST_PICTURES, by
// default `test-pictures` in the build folder.
void keepPicture(const std::string& name, const std::string& jpeg);
void keepPicture(const std::string& name, GstSample* sample);

} // namespace test
