// What the converter makes of pictures, by their pixels.
#include "software/converter.h"

#include "support/picture.h"
#include "support/recording.h"

#include <doctest/doctest.h>

#include <array>
#include <ostream>
#include <set>

using namespace sightline;
using namespace test;

namespace {

constexpr int width = 640;
constexpr int height = 360;

struct Corners {
  int upperLeft;
  int upperRight;
  int lowerLeft;
  int lowerRight;
  bool operator==(const Corners&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Corners& corners) {
  return out << corners.upperLeft << " " << corners.upperRight << " " << corners.lowerLeft << " "
             << corners.lowerRight;
}

SamplePointer sampleOf(const std::vector<std::uint8_t>& bytes, const char* format, int columns,
                       int rows) {
  // Without it, a large picture would be taken for one of another colour space.
  const CapsPointer caps(gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, format,
                                             "width", G_TYPE_INT, columns, "height", G_TYPE_INT,
                                             rows, "framerate", GST_TYPE_FRACTION, 15, 1,
                                             "colorimetry", G_TYPE_STRING, "bt601", nullptr));
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  SamplePointer sample(gst_sample_new(buffer, caps.get(), nullptr, nullptr));
  gst_buffer_unref(buffer);
  return sample;
}

// Four plain quarters: 40 and 90 above, 150 and 220 below; colour follows brightness.
SamplePointer quarters(int columns = width, int rows = height) {
  std::vector<std::uint8_t> bytes;
  const auto fill = [&bytes](int across, int down) {
    for (int y = 0; y < down; ++y) {
      for (int x = 0; x < across; ++x) {
        const bool right = x * 2 >= across;
        const bool low = y * 2 >= down;
        bytes.push_back(low ? (right ? 220 : 150) : (right ? 90 : 40));
      }
    }
  };
  fill(columns, rows);
  fill((columns + 1) / 2, (rows + 1) / 2);
  fill((columns + 1) / 2, (rows + 1) / 2);
  return sampleOf(bytes, "I420", columns, rows);
}

// Brightness changes from each pixel to the next.
SamplePointer stripes(int columns = width, int rows = height) {
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(columns * rows) * 3 / 2, 128);
  for (int at = 0; at < columns * rows; ++at) {
    bytes[static_cast<std::size_t>(at)] =
        static_cast<std::uint8_t>(16 + (at % columns * 37 + at / columns * 11) % 200);
  }
  return sampleOf(bytes, "I420", columns, rows);
}

// Every byte of it, colour and all.
std::vector<std::uint8_t> bytesOf(GstSample* sample) {
  GstMapInfo map;
  REQUIRE(gst_buffer_map(gst_sample_get_buffer(sample), &map, GST_MAP_READ));
  std::vector<std::uint8_t> bytes(map.data, map.data + map.size);
  gst_buffer_unmap(gst_sample_get_buffer(sample), &map);
  return bytes;
}

// A little inside, where scaling mixes nothing.
Corners cornersOf(GstSample* sample) {
  const Picture picture = readPicture(sample);
  const int right = picture.width - 5;
  const int bottom = picture.height - 5;
  return {picture.at(4, 4), picture.at(right, 4), picture.at(4, bottom), picture.at(right, bottom)};
}

// Of the first colour plane, which is flipped apart from the brightness.
Corners colourCornersOf(GstSample* sample) {
  const std::vector<std::uint8_t> bytes = bytesOf(sample);
  const auto at = [&bytes](int x, int y) {
    return int(bytes[static_cast<std::size_t>(width * height + y * (width / 2) + x)]);
  };
  return {at(2, 2), at(width / 2 - 3, 2), at(2, height / 2 - 3), at(width / 2 - 3, height / 2 - 3)};
}

SamplePointer converted(Converter& converter, SamplePointer picture) {
  SamplePointer result = converter.convert(std::move(picture));
  REQUIRE(result);
  GstVideoInfo info;
  REQUIRE(gst_video_info_from_caps(&info, gst_sample_get_caps(result.get())));
  CHECK(GST_VIDEO_INFO_FORMAT(&info) == GST_VIDEO_FORMAT_I420);
  CHECK(info.width == width);
  CHECK(info.height == height);
  return result;
}

} // namespace

TEST_CASE("a picture that nothing is to be done to is handed on as it is") {
  Converter converter;
  SamplePointer picture = quarters();
  GstSample* given = picture.get();
  const SamplePointer first = converted(converter, std::move(picture));
  CHECK(first.get() == given);
  converter.setGeometry({{}, {}, 4, 6});
  CHECK(converted(converter, quarters()).get() != given);
  converter.setGeometry({});
  picture = quarters();
  given = picture.get();
  CHECK(converted(converter, std::move(picture)).get() == given);
}

TEST_CASE("each of the eight flips puts every corner where DeepStream does") {
  constexpr std::array<Corners, 8> expected{{{40, 90, 150, 220},
                                             {90, 220, 40, 150},
                                             {220, 150, 90, 40},
                                             {150, 40, 220, 90},
                                             {90, 40, 220, 150},
                                             {220, 90, 150, 40},
                                             {150, 220, 40, 90},
                                             {40, 150, 90, 220}}};
  for (unsigned method = 0; method < expected.size(); ++method) {
    CAPTURE(method);
    Converter converter;
    keepPicture("flip-before", converted(converter, quarters()).get());
    converter.setGeometry({{}, {}, method, 6});
    const SamplePointer flipped = converted(converter, quarters());
    keepPicture("flip-method-" + std::to_string(method), flipped.get());
    CHECK(cornersOf(flipped.get()) == expected.at(method));
    CHECK(colourCornersOf(flipped.get()) == expected.at(method));
  }
}

TEST_CASE("two flips that undo each other give the same picture, pixel by pixel") {
  for (const auto& [there, back] : {std::pair(2U, 2U), {4U, 4U}, {6U, 6U}}) {
    CAPTURE(there);
    Converter first;
    Converter second;
    first.setGeometry({{}, {}, there, 6});
    second.setGeometry({{}, {}, back, 6});
    const SamplePointer twice = converted(second, converted(first, stripes()));
    CHECK(bytesOf(twice.get()) == bytesOf(stripes().get()));
  }
}

TEST_CASE("a source crop fills the output with a part of the picture") {
  Converter converter;
  converter.setGeometry({{320, 180, 320, 180}, {}, 0, 6});
  const SamplePointer lower = converted(converter, quarters());
  keepPicture("srccrop-lower-right", lower.get());
  CHECK(cornersOf(lower.get()) == Corners{220, 220, 220, 220});
  converter.setGeometry({{160, 0, 320, 360}, {}, 0, 6});
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{40, 90, 150, 220});
  converter.setGeometry({{0, 0, 320, 360}, {}, 0, 6});
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{40, 40, 150, 150});
  converter.setGeometry({});
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{40, 90, 150, 220});
}

TEST_CASE("a crop beyond the picture is clamped to what there is of it") {
  CHECK(words(clamp({600, 300, 100, 100}, 640, 360)) == "600:300:40:60");
  CHECK(words(clamp({4294967295U, 4294967295U, 4294967295U, 4294967295U}, 640, 360)) ==
        "639:359:1:1");
  CHECK(words(clamp({0, 0, 0, 5}, 640, 360)) == "0:0:640:360");
  Converter converter;
  for (const Area& area : {Area{600, 300, 100, 100}, Area{4294967295U, 0, 4294967295U, 1},
                           Area{1, 1, 1, 1}, Area{639, 359, 9, 9}}) {
    CAPTURE(words(area));
    converter.setGeometry({area, {}, 0, 6});
    converted(converter, quarters());
    for (unsigned method = 0; method < 8; ++method) {
      converter.setGeometry({{}, area, method, 1});
      converted(converter, quarters());
    }
  }
  // The camera changes its resolution: clamped anew.
  converter.setGeometry({{320, 180, 320, 180}, {}, 0, 6});
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{220, 220, 220, 220});
  CHECK(cornersOf(converted(converter, quarters(320, 180)).get()) == Corners{220, 220, 220, 220});
}

TEST_CASE("a destination crop places the picture and keeps the old pixels around it") {
  for (const unsigned method : {0U, 3U}) {
    CAPTURE(method);
    Converter converter;
    const SamplePointer before = converted(converter, stripes());
    keepPicture("destcrop-before", before.get());
    converter.setGeometry({{}, {100, 50, 200, 100}, method, 6});
    const SamplePointer first = converted(converter, quarters());
    keepPicture("destcrop-flip-" + std::to_string(method), first.get());
    // Still the oldest pixels around it, after many pictures.
    SamplePointer last;
    for (int picture = 0; picture < 5; ++picture) {
      last = converted(converter, quarters());
    }
    CHECK(bytesOf(first.get()) == bytesOf(last.get()));
    const Picture old = readPicture(before.get());
    const Picture now = readPicture(last.get());
    int changed = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool inside = x >= 100 && x < 300 && y >= 50 && y < 150;
        changed += !inside && old.at(x, y) != now.at(x, y) ? 1 : 0;
      }
    }
    CHECK(changed == 0);
    const Corners turned{now.at(104, 54), now.at(295, 54), now.at(104, 145), now.at(295, 145)};
    CHECK(turned == (method == 0 ? Corners{40, 90, 150, 220} : Corners{150, 40, 220, 90}));
    CHECK(bytesOf(first.get()).size() == bytesOf(before.get()).size());
  }
}

TEST_CASE("pictures of every size become those of the size that is given") {
  Converter converter({320, 240});
  for (const auto& [columns, rows] : {std::pair(width, height), {1280, 720}, {320, 240}}) {
    const SamplePointer result = converter.convert(quarters(columns, rows));
    REQUIRE(result);
    const Picture picture = readPicture(result.get());
    CHECK(picture.width == 320);
    CHECK(picture.height == 240);
    CHECK(cornersOf(result.get()) == Corners{40, 90, 150, 220});
  }
}

TEST_CASE("a stream that begins with a destination crop is black around it") {
  Converter converter;
  converter.setGeometry({{}, {320, 180, 320, 180}, 0, 6});
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{16, 16, 16, 220});
}

TEST_CASE("the interpolation methods scale differently, but for those that are the same") {
  std::set<std::vector<std::uint8_t>> different;
  std::array<std::vector<std::uint8_t>, 7> made;
  for (unsigned method = 0; method < made.size(); ++method) {
    Converter converter;
    converted(converter, stripes());
    converter.setGeometry({{10, 10, 200, 100}, {}, 0, method});
    const SamplePointer scaled = converted(converter, stripes());
    keepPicture("interpolation-" + std::to_string(method), scaled.get());
    made.at(method) = bytesOf(scaled.get());
    different.insert(made.at(method));
  }
  CHECK(different.size() == 6);
  CHECK(made[0] == made[6]);
}

TEST_CASE("the output keeps the size and format of the first picture") {
  Converter converter;
  converted(converter, quarters());
  CHECK(cornersOf(converted(converter, quarters(1280, 720)).get()) == Corners{40, 90, 150, 220});
  CHECK(cornersOf(converted(converter, quarters(320, 184)).get()) == Corners{40, 90, 150, 220});
  const std::vector<std::uint8_t> grey(static_cast<std::size_t>(width * height), 77);
  CHECK(cornersOf(converted(converter, sampleOf(grey, "GRAY8", width, height)).get()).upperLeft ==
        77);
  CHECK_FALSE(converter.convert(SamplePointer(gst_sample_new(
      nullptr, CapsPointer(gst_caps_new_empty_simple("text/plain")).get(), nullptr, nullptr))));
  CHECK(cornersOf(converted(converter, quarters()).get()) == Corners{40, 90, 150, 220});
}
