#include "software/encoder.h"

#include "gstreamer/encoder-codec.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <random>
#include <vector>

using namespace sightline;

namespace {

SamplePointer picture(int width, int height, const std::vector<std::uint8_t>& bytes) {
  const CapsPointer caps(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 15, 1, nullptr));
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  SamplePointer sample(gst_sample_new(buffer, caps.get(), nullptr, nullptr));
  gst_buffer_unref(buffer);
  return sample;
}

SamplePointer blackPicture(int width, int height) {
  return picture(width, height,
                 std::vector<std::uint8_t>(static_cast<std::size_t>(width * height) * 3 / 2, 128));
}

// Takes any number of bits.
SamplePointer noisyPicture(int width, int height) {
  static std::mt19937 generator{4};
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(width * height) * 3 / 2);
  std::generate(bytes.begin(), bytes.end(), [] { return static_cast<std::uint8_t>(generator()); });
  return picture(width, height, bytes);
}

// An encoder and the widths and IDR flags of what left it.
struct Bench {
  NoteQueue notes;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<int, bool>> units;
  std::vector<std::size_t> sizes;
  std::string mediaType;
  Encoder encoder{[this](GstSample* unit, bool idr) {
                    int width = 0;
                    gst_structure_get_int(gst_caps_get_structure(gst_sample_get_caps(unit), 0),
                                          "width", &width);
                    const std::lock_guard lock(mutex);
                    units.emplace_back(width, idr);
                    sizes.push_back(gst_buffer_get_size(gst_sample_get_buffer(unit)));
                    mediaType = gst_structure_get_name(
                        gst_caps_get_structure(gst_sample_get_caps(unit), 0));
                    changed.notify_all();
                  },
                  notes};

  // Pushes one picture and returns what came of it.
  std::pair<int, bool> encode(int width, int height) { return encode(blackPicture(width, height)); }

  std::pair<int, bool> encode(SamplePointer given) {
    std::unique_lock lock(mutex);
    const std::size_t before = units.size();
    lock.unlock();
    encoder.push(given.get());
    lock.lock();
    REQUIRE(
        changed.wait_for(lock, std::chrono::seconds(10), [&] { return units.size() > before; }));
    return units.back();
  }

  // K for each key frame, p for another.
  std::string encode(int pictures) {
    std::string kinds;
    for (int count = 0; count < pictures; ++count) {
      kinds += encode(320, 180).second ? 'K' : 'p';
    }
    return kinds;
  }

  // The mean size of so many noisy pictures, after as many that let the rate settle.
  std::size_t meanBytes(int pictures) {
    for (int count = 0; count < 2 * pictures; ++count) {
      encode(noisyPicture(320, 180));
    }
    const std::lock_guard lock(mutex);
    return std::accumulate(sizes.end() - pictures, sizes.end(), std::size_t(0)) / pictures;
  }

  // As the control thread does.
  void obeyNotes() {
    while (const auto note = notes.pop(NoteQueue::Clock::now())) {
      REQUIRE(note->kind == Note::Kind::encoderOutdated);
      encoder.restart();
    }
  }
};

} // namespace

TEST_CASE("a forced IDR is the very next picture and is counted") {
  Bench bench;
  CHECK_FALSE(bench.encoder.forceIdr());
  bench.encoder.start();
  CHECK(bench.encode(320, 180) == std::pair(320, true));
  CHECK(bench.encode(320, 180) == std::pair(320, false));
  CHECK(bench.encoder.forceIdr());
  CHECK(bench.encode(320, 180) == std::pair(320, true));
  CHECK(bench.encode(320, 180) == std::pair(320, false));
  CHECK(bench.encoder.idrFrames() == 2);
}

TEST_CASE("the encoder follows a new picture size with an IDR") {
  Bench bench;
  bench.encoder.start();
  CHECK(bench.encode(320, 180) == std::pair(320, true));
  CHECK(bench.encode(640, 360) == std::pair(640, true));
  CHECK(bench.encode(640, 360) == std::pair(640, false));
}

TEST_CASE("an encoder that was stopped takes nothing and starts again") {
  Bench bench;
  bench.encoder.start();
  CHECK(bench.encode(320, 180) == std::pair(320, true));
  bench.encoder.stop();
  bench.encoder.push(blackPicture(320, 180).get());
  CHECK_FALSE(bench.encoder.forceIdr());
  bench.encoder.start();
  CHECK(bench.encode(320, 180) == std::pair(320, true));
}

TEST_CASE("the interval of key frames is exact at once, for every codec") {
  for (const VideoCodec codec : availableCodecs()) {
    const std::string name = codecName(codec);
    CAPTURE(name);
    Bench bench;
    CHECK(bench.encoder.setCodec(codec));
    bench.encoder.setIframeInterval(5);
    bench.encoder.start();
    CHECK(bench.encode(12) == "KppppKppppKp");
    bench.encoder.setIframeInterval(3);
    CHECK(bench.encode(7) == "pKppKpp");
    bench.encoder.setIframeInterval(0);
    CHECK(bench.encode(60) == std::string(60, 'p'));
    CHECK(bench.encoder.forceIdr());
    CHECK(bench.encode(4) == "Kppp");
    CHECK(bench.mediaType == mediaType(codec));
  }
}

TEST_CASE("only asked key frames come, however the picture changes and however long it takes") {
  for (const VideoCodec codec : availableCodecs()) {
    const std::string name = codecName(codec);
    CAPTURE(name);
    Bench bench;
    CHECK(bench.encoder.setCodec(codec));
    bench.encoder.setIframeInterval(0);
    bench.encoder.start();
    CHECK(bench.encode(1) == "K");
    for (int change = 0; change < 10; ++change) {
      CHECK_FALSE(bench.encode(noisyPicture(320, 180)).second);
      CHECK(bench.encode(1) == "p");
    }
    // Beyond any group that an encoder has by default; MPEG-4 cannot go beyond 600.
    CHECK(bench.encode(550) == std::string(550, 'p'));
  }
}

TEST_CASE("a new bitrate shows in the size of the pictures, for every codec that has one") {
  constexpr int pictures = 30;
  for (const VideoCodec codec : {VideoCodec::h264, VideoCodec::h265}) {
    const std::string name = codecName(codec);
    CAPTURE(name);
    Bench bench;
    CHECK(bench.encoder.setCodec(codec));
    bench.encoder.start();
    CHECK(bench.encoder.setBitrate(3'000'000));
    bench.obeyNotes();
    const std::size_t large = bench.meanBytes(pictures);
    CHECK(bench.encoder.setBitrate(600'000));
    bench.obeyNotes();
    const std::size_t small = bench.meanBytes(pictures);
    CAPTURE(large);
    CAPTURE(small);
    CHECK(small * 2 < large);
    CHECK(bench.encoder.setBitrate(3'000'000));
    bench.obeyNotes();
    CHECK(bench.meanBytes(pictures) > small * 2);
  }
}

TEST_CASE("H.264 takes a new bitrate without an IDR") {
  Bench bench;
  bench.encoder.setIframeInterval(0);
  bench.encoder.start();
  CHECK(bench.encode(3) == "Kpp");
  CHECK(bench.encoder.setBitrate(500'000));
  bench.obeyNotes();
  CHECK(bench.encode(3) == "ppp");
}

TEST_CASE("a bitrate outside the limits is refused and changes nothing") {
  Bench bench;
  CHECK_FALSE(bench.encoder.setBitrate(999));
  CHECK_FALSE(bench.encoder.setBitrate(limits::encoderBitrateMax + 1));
  CHECK(bench.encoder.settings().bitsPerSecond == limits::encoderBitrate);
  CHECK_FALSE(bench.notes.pop(NoteQueue::Clock::now()));
}

TEST_CASE("MPEG-4 refuses a bitrate, and the other codecs still have theirs") {
  Bench bench;
  CHECK(bench.encoder.setBitrate(700'000));
  CHECK(bench.encoder.setCodec(VideoCodec::mpeg4));
  CHECK_FALSE(bench.encoder.setBitrate(800'000));
  CHECK(bench.encoder.setCodec(VideoCodec::h265));
  CHECK(bench.encoder.settings().bitsPerSecond == 700'000);
}

TEST_CASE("settings hold over a restart of the encoder") {
  Bench bench;
  CHECK(bench.encoder.setBitrate(700'000));
  bench.encoder.setIframeInterval(2);
  bench.encoder.start();
  bench.encoder.stop();
  bench.encoder.start();
  CHECK(bench.encode(4) == "KpKp");
  CHECK(bench.encoder.settings().bitsPerSecond == 700'000);
}

TEST_CASE("MPEG-4 bears any rate that a camera claims") {
  for (const auto& [number, per] : {std::pair(0, 1), {90000, 1}, {1, 10}, {1000000, 66667}}) {
    CAPTURE(number);
    Bench bench;
    REQUIRE(bench.encoder.setCodec(VideoCodec::mpeg4));
    bench.encoder.start();
    const SamplePointer drawn = blackPicture(320, 180);
    const CapsPointer caps(gst_caps_copy(gst_sample_get_caps(drawn.get())));
    gst_caps_set_simple(caps.get(), "framerate", GST_TYPE_FRACTION, number, per, nullptr);
    CHECK(bench
              .encode(SamplePointer(
                  gst_sample_new(gst_sample_get_buffer(drawn.get()), caps.get(), nullptr, nullptr)))
              .second);
  }
}
