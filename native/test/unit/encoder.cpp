#include "software/encoder.h"

#include <doctest/doctest.h>

#include <condition_variable>
#include <mutex>
#include <vector>

using namespace sightline;

namespace {

SamplePointer blackPicture(int width, int height) {
  const CapsPointer caps(gst_caps_new_simple(
      "video/x-raw", "format", G_TYPE_STRING, "I420", "width", G_TYPE_INT, width, "height",
      G_TYPE_INT, height, "framerate", GST_TYPE_FRACTION, 15, 1, nullptr));
  GstBuffer* buffer = gst_buffer_new_allocate(nullptr, gsize(width) * height * 3 / 2, nullptr);
  gst_buffer_memset(buffer, 0, 128, gst_buffer_get_size(buffer));
  SamplePointer sample(gst_sample_new(buffer, caps.get(), nullptr, nullptr));
  gst_buffer_unref(buffer);
  return sample;
}

// An encoder and the widths and IDR flags of what left it.
struct Bench {
  NoteQueue notes;
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::pair<int, bool>> units;
  Encoder encoder{[this](GstSample* unit, bool idr) {
                    int width = 0;
                    gst_structure_get_int(gst_caps_get_structure(gst_sample_get_caps(unit), 0),
                                          "width", &width);
                    const std::lock_guard lock(mutex);
                    units.emplace_back(width, idr);
                    changed.notify_all();
                  },
                  notes};

  // Pushes one picture and returns what came of it.
  std::pair<int, bool> encode(int width, int height) {
    std::unique_lock lock(mutex);
    const std::size_t before = units.size();
    lock.unlock();
    encoder.push(blackPicture(width, height).get());
    lock.lock();
    REQUIRE(
        changed.wait_for(lock, std::chrono::seconds(10), [&] { return units.size() > before; }));
    return units.back();
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

TEST_CASE("an IDR is told from other pictures") {
  const std::vector<std::uint8_t> idr{0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 1, 0, 0, 1, 0x65, 9};
  const std::vector<std::uint8_t> plain{0, 0, 0, 1, 0x06, 1, 0, 0, 1, 0x41, 9};
  CHECK(isIdr(idr.data(), idr.size()));
  CHECK_FALSE(isIdr(plain.data(), plain.size()));
  CHECK_FALSE(isIdr(plain.data(), 0));
}
