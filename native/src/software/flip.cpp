#include "software/flip.h"

#include <array>
#include <cstddef>
#include <cstdint>

namespace sightline {

namespace {

struct Turn {
  bool swapsSides;
  bool fromRight;
  bool fromBottom;
};

// By DeepStream's number. A turn by 90 degrees is an exchange of the axes and a mirror.
constexpr std::array<Turn, 8> turns{{{false, false, false},
                                     {true, true, false},
                                     {false, true, true},
                                     {true, false, true},
                                     {false, true, false},
                                     {true, true, true},
                                     {false, false, true},
                                     {true, false, false}}};

void flipPlane(const Turn& turn, const GstVideoFrame& from, int plane, std::uint8_t* target,
               std::ptrdiff_t targetStride) {
  const int width = GST_VIDEO_FRAME_COMP_WIDTH(&from, plane);
  const int height = GST_VIDEO_FRAME_COMP_HEIGHT(&from, plane);
  const std::ptrdiff_t stride = GST_VIDEO_FRAME_PLANE_STRIDE(&from, plane);
  const auto* corner = static_cast<const std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&from, plane));
  corner += turn.fromRight ? width - 1 : 0;
  corner += turn.fromBottom ? (height - 1) * stride : 0;
  const std::ptrdiff_t alongRow = turn.fromRight ? -1 : 1;
  const std::ptrdiff_t alongColumn = turn.fromBottom ? -stride : stride;
  const std::ptrdiff_t perX = turn.swapsSides ? alongColumn : alongRow;
  const std::ptrdiff_t perY = turn.swapsSides ? alongRow : alongColumn;
  const int columns = turn.swapsSides ? height : width;
  const int rows = turn.swapsSides ? width : height;
  for (int y = 0; y < rows; ++y) {
    const std::uint8_t* source = corner + y * perY;
    for (int x = 0; x < columns; ++x, source += perX) {
      target[x] = *source;
    }
    target += targetStride;
  }
}

} // namespace

bool swapsSides(unsigned method) {
  return turns.at(method).swapsSides;
}

void flip(unsigned method, const GstVideoFrame& from, GstVideoFrame& to, int left, int top) {
  for (int plane = 0; plane < 3; ++plane) {
    const int shift = plane == 0 ? 0 : 1;
    const std::ptrdiff_t stride = GST_VIDEO_FRAME_PLANE_STRIDE(&to, plane);
    auto* target = static_cast<std::uint8_t*>(GST_VIDEO_FRAME_PLANE_DATA(&to, plane)) +
                   (top >> shift) * stride + (left >> shift);
    flipPlane(turns.at(method), from, plane, target, stride);
  }
}

} // namespace sightline
