#include "gstreamer/access-unit.h"

#include <doctest/doctest.h>

#include <vector>

using namespace sightline;

namespace {

AccessUnit read(VideoCodec codec, const std::vector<std::uint8_t>& bytes) {
  return readAccessUnit(codec, bytes.data(), bytes.size());
}

} // namespace

TEST_CASE("an H.264 picture says whether it is an IDR and whether others refer to it") {
  // Parameter sets and SEI before the slice do not count.
  const AccessUnit idr =
      read(VideoCodec::h264, {0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 9});
  CHECK(idr.key);
  CHECK(idr.reference);
  const AccessUnit predicted = read(VideoCodec::h264, {0, 0, 0, 1, 0x06, 1, 0, 0, 1, 0x41, 9});
  CHECK_FALSE(predicted.key);
  CHECK(predicted.reference);
  const AccessUnit disposable = read(VideoCodec::h264, {0, 0, 1, 0x09, 0x10, 0, 0, 1, 0x01, 9});
  CHECK_FALSE(disposable.key);
  CHECK_FALSE(disposable.reference);
}

TEST_CASE(
    "an H.265 picture says whether it is an IRAP, its layer, and whether others refer to it") {
  const AccessUnit idr = read(VideoCodec::h265, {0, 0, 0, 1, 0x40, 1, 9, 0, 0, 1, 0x26, 1, 9});
  CHECK(idr.key);
  const AccessUnit clean = read(VideoCodec::h265, {0, 0, 1, 0x2a, 1, 9});
  CHECK(clean.key);
  const AccessUnit trail = read(VideoCodec::h265, {0, 0, 1, 0x02, 1, 9});
  CHECK_FALSE(trail.key);
  CHECK(trail.reference);
  const AccessUnit disposable = read(VideoCodec::h265, {0, 0, 1, 0x00, 3, 9});
  CHECK_FALSE(disposable.reference);
  CHECK(disposable.temporalLayer == 2);
}

TEST_CASE("an MPEG-4 picture says whether it is an I-VOP") {
  CHECK(read(VideoCodec::mpeg4, {0, 0, 1, 0xb0, 1, 0, 0, 1, 0xb6, 0x10, 0}).key);
  const AccessUnit predicted = read(VideoCodec::mpeg4, {0, 0, 1, 0xb6, 0x50, 0});
  CHECK_FALSE(predicted.key);
  CHECK(predicted.reference);
  CHECK_FALSE(read(VideoCodec::mpeg4, {0, 0, 1, 0xb6, 0x90, 0}).reference);
}

TEST_CASE("bytes that hold no picture are taken for one that others refer to") {
  for (const VideoCodec codec : {VideoCodec::h264, VideoCodec::h265, VideoCodec::mpeg4}) {
    for (const auto& bytes :
         {std::vector<std::uint8_t>{}, {0, 0, 1}, {0, 0, 1, 0x65}, {7, 7, 7, 7, 7}}) {
      CHECK_FALSE(read(codec, bytes).key);
      CHECK(read(codec, bytes).reference);
    }
  }
}
