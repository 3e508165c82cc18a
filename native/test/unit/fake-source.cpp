// A generated source goes the way of any other, and its pictures bear the time.
#include "pipeline/clock.h"
#include "software/source.h"
#include "software/time-digits.h"

#include "support/read-time.h"

#include <doctest/doctest.h>

#include <ctime>
#include <future>

using namespace sightline;
using namespace test;

namespace {

std::string clockText(std::int64_t epochMs) {
  const std::time_t seconds = epochMs / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[16];
  std::strftime(text, sizeof text, "%H:%M:%S", &parts);
  return std::string(text) + "." + std::to_string(epochMs % 1000 / 100);
}

Picture drawn(int width, int height, std::int64_t epochMs) {
  constexpr int grey = 128;
  Picture picture{width, height,
                  std::vector<std::uint8_t>(static_cast<std::size_t>(width * height), grey)};
  drawTime({picture.luma.data(), width, width, height}, epochMs);
  return picture;
}

} // namespace

TEST_CASE("every digit of a time can be read, in small pictures as well") {
  constexpr std::int64_t atMs = 1'700'000'000'000;
  for (std::int64_t more = 0; more < 40'000'000; more += 1'234'500) {
    CHECK(readTime(drawn(640, 360, atMs + more)) == clockText(atMs + more));
  }
  CHECK(readTime(drawn(128, 96, atMs)) == clockText(atMs));
  // What does not fit is left out and not written elsewhere.
  const Picture narrow = drawn(64, 400, atMs);
  CHECK(narrow.at(63, 399) == 128);
}

TEST_CASE("a generated source has the asked size, moves, and tells the time of its pictures") {
  constexpr int wanted = 30;
  FrameSkip skip;
  NoteQueue notes;
  Interception interception({});
  std::vector<Picture> shown;
  std::promise<void> enough;
  FrameTap tap([&](SamplePointer picture) {
    if (shown.size() < wanted) {
      shown.push_back(readPicture(picture.get()));
      if (shown.size() == wanted) {
        enough.set_value();
      }
    }
    return picture;
  });
  Admission admission;
  admission.url = *parseSourceUrl("fake://lobby?width=320&height=240&bitrate=400000");
  const std::int64_t beganAtMs = epochMs();
  FrameCounts counts;
  {
    const auto source = Source::open(admission, {}, {tap, skip, notes, interception, "camera"});
    REQUIRE(enough.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready);
    counts = tap.counts();
  }
  CHECK(counts.kbps > 0);
  std::string last = clockText(beganAtMs);
  for (const Picture& picture : shown) {
    CHECK(picture.width == 320);
    CHECK(picture.height == 240);
    const std::string time = readTime(picture);
    CHECK(time.find('?') == std::string::npos);
    // Midnight passes once a day.
    CHECK((time >= last || last.starts_with("23:59")));
    last = time;
  }
  CHECK((last <= clockText(epochMs()) || last.starts_with("23:59")));
  CHECK(shown.front().luma != shown.back().luma);
  CHECK(notes.pop(NoteQueue::Clock::now())->kind == Note::Kind::firstFrame);
}
