#include "picture.h"

#include "figure.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <string>

namespace demo {

namespace {

struct Colour {
  double y = 0;
  double u = 128;
  double v = 128;
};

struct Rectangle {
  int left = 0;
  int top = 0;
  int width = 0;
  int height = 0;
};

// Hues that differ most for neighbouring numbers: the golden angle.
Colour hue(int camera, double luma, double chroma) {
  constexpr double goldenAngle = 2.399963;
  const double angle = goldenAngle * camera;
  return {luma, 128 + chroma * std::cos(angle), 128 + chroma * std::sin(angle)};
}

class Canvas {
 public:
  Canvas() : bytes_(width * height * 3 / 2) {}

  void fill(const Rectangle& area, const Colour& colour) {
    const int right = std::min(area.left + area.width, width);
    const int bottom = std::min(area.top + area.height, height);
    for (int row = std::max(area.top, 0); row < bottom; ++row) {
      for (int column = std::max(area.left, 0); column < right; ++column) {
        set(column, row, colour);
      }
    }
  }

  void disc(int centreX, int centreY, int radius, const Colour& colour) {
    for (int row = centreY - radius; row <= centreY + radius; ++row) {
      const int dy = row - centreY;
      const int half = static_cast<int>(std::sqrt(radius * radius - dy * dy));
      fill({centreX - half, row, 2 * half, 1}, colour);
    }
  }

  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  void set(int column, int row, const Colour& colour) {
    const std::size_t luma = static_cast<std::size_t>(row) * width + column;
    const std::size_t chroma =
        static_cast<std::size_t>(row / 2) * (width / 2) + static_cast<std::size_t>(column / 2);
    constexpr std::size_t lumaBytes = std::size_t(width) * height;
    bytes_[luma] = static_cast<std::uint8_t>(colour.y);
    bytes_[lumaBytes + chroma] = static_cast<std::uint8_t>(colour.u);
    bytes_[lumaBytes + lumaBytes / 4 + chroma] = static_cast<std::uint8_t>(colour.v);
  }

  std::vector<std::uint8_t> bytes_;
};

// Which of the seven segments a digit lights: top, upper left, upper right, middle, lower left,
// lower right, bottom.
constexpr std::array<unsigned, 10> segments{0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010,
                                            0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011};

void drawDigit(Canvas& canvas, int digit, const Rectangle& box, const Colour& colour) {
  const int pen = box.width / 4;
  const int half = box.height / 2;
  const std::array<Rectangle, 7> places{{
      {box.left, box.top, box.width, pen},
      {box.left, box.top, pen, half},
      {box.left + box.width - pen, box.top, pen, half},
      {box.left, box.top + half - pen / 2, box.width, pen},
      {box.left, box.top + half, pen, half},
      {box.left + box.width - pen, box.top + half, pen, half},
      {box.left, box.top + box.height - pen, box.width, pen},
  }};
  for (std::size_t at = 0; at < places.size(); ++at) {
    if ((segments[static_cast<std::size_t>(digit)] >> (6 - at) & 1U) != 0) {
      canvas.fill(places[at], colour);
    }
  }
}

void drawNumber(Canvas& canvas, const std::string& text, Rectangle box, const Colour& colour) {
  for (const char character : text) {
    if (character == '.') {
      canvas.fill({box.left, box.top + box.height - box.width / 4, box.width / 4, box.width / 4},
                  colour);
      box.left += box.width / 2;
    } else {
      drawDigit(canvas, character - '0', box, colour);
      box.left += box.width + box.width / 3;
    }
  }
}

// 0 to 1 and back over one loop, so that the last picture leads to the first.
double swing(int frame, int swings) {
  const double turn = static_cast<double>(frame) * swings / framesPerLoop;
  return 0.5 - 0.5 * std::cos(turn * 2 * 3.14159265);
}

} // namespace

std::vector<std::uint8_t> drawPicture(int camera, int frame) {
  constexpr Colour white{235};
  constexpr Colour dark{40};
  constexpr int horizon = 220;
  constexpr int bandHeight = 20;
  Canvas canvas;
  for (int top = 0; top < horizon; top += bandHeight) {
    canvas.fill({0, top, width, bandHeight}, hue(camera, 60 + top * 0.45, 60));
  }
  canvas.fill({0, horizon, width, height - horizon}, hue(camera, 90, 18));
  // The box walks along the road and the ball swings over it.
  canvas.fill({static_cast<int>(swing(frame, 1) * (width - 90)), 262, 90, 44},
              hue(camera + 1, 170, 70));
  canvas.disc(60 + static_cast<int>(swing(frame, 2) * (width - 120)),
              180 - static_cast<int>(swing(frame, 10) * 70), 26, hue(camera + 2, 200, 60));
  drawNumber(canvas, std::to_string(camera), {24, 24, 40, 80}, white);
  const int tenths = frame * 10 / framesPerSecond;
  canvas.fill({width - 132, height - 48, 120, 40}, dark);
  drawNumber(canvas, std::to_string(tenths / 10) + "." + std::to_string(tenths % 10),
             {width - 100, height - 42, 16, 28}, white);
  return canvas.take();
}

std::vector<std::uint8_t> drawFigures(int frame) {
  constexpr int screen = 420;
  constexpr int steps = 12;
  Luma luma(width, height, personGround);
  drawPerson(luma, 80 + swing(frame, 1) * (screen - 160), 90, 190, 2 * swing(frame, steps) - 1);
  for (int row = 0; row < height; ++row) {
    std::fill_n(luma.bytes.begin() + row * width + screen, width - screen, faceGround);
  }
  drawFace(luma, (screen + width) / 2 + 20 * swing(frame, 2) - 10, height / 2, 100);
  std::vector<std::uint8_t> picture = std::move(luma.bytes);
  constexpr std::uint8_t grey = 128;
  picture.resize(picture.size() * 3 / 2, grey);
  return picture;
}

} // namespace demo
