// What a source decodes of a recording whose pictures bear their number.
#include "software/source.h"

#include "http/endpoint-plugin.h"

#include "pipeline/limits.h"
#include "support/event-recorder.h"
#include "support/recording.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <set>

using namespace sightline;
using namespace test;

namespace {

// A recording of its own, which goes with it.
class Recording {
 public:
  Recording(int pictures, const std::string& encoder, const std::string& muxer = "mp4mux") {
    std::string pattern = (std::filesystem::temp_directory_path() / "sightline-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
    writeNumbers(path(), pictures, encoder, muxer);
  }
  ~Recording() { std::filesystem::remove_all(folder_); }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

  std::string path() const { return folder_ / "recording"; }

 private:
  std::filesystem::path folder_;
};

// Plays a recording to its end; `atPicture` may set something from within.
struct Player {
  FrameSkip skip;
  NoteQueue notes;
  std::vector<int> shown;
  std::vector<Picture> pictures;
  std::function<void(int)> atPicture = [](int) {};
  std::optional<Note::Kind> ended;
  FrameTap tap{[this](SamplePointer picture) {
    pictures.push_back(readPicture(picture.get()));
    shown.push_back(readNumber(pictures.back()));
    atPicture(shown.back());
    return picture;
  }};

  void play(const Recording& recording, VideoCodec codec) {
    Interception none({});
    play(recording, codec, none);
  }

  void play(const Recording& recording, VideoCodec codec, Interception& interception) {
    Admission admission;
    admission.url.scheme = SourceScheme::file;
    admission.location = recording.path();
    const auto source =
        Source::open(admission, {codec}, {tap, skip, notes, interception, "camera"});
    ended.reset();
    while (!ended || ended == Note::Kind::firstFrame) {
      const auto note = notes.pop(NoteQueue::Clock::now() + std::chrono::seconds(10));
      REQUIRE(note);
      CAPTURE(note->error.text);
      ended = note->kind;
    }
  }
};

std::vector<int> numbers(int begin, int end) {
  std::vector<int> result;
  for (int number = begin; number < end; ++number) {
    result.push_back(number);
  }
  return result;
}

constexpr auto h264 = "x264enc bframes=0 key-int-max=10 option-string=scenecut=0 ! h264parse";
constexpr auto h265 = "x265enc log-level=none key-int-max=10 "
                      "option-string=scenecut=0:bframes=0:open-gop=0 ! h265parse";

} // namespace

TEST_CASE("only key frames are decoded while the others are skipped, and then all again") {
  for (const bool newer : {false, true}) {
    CAPTURE(newer);
    const Recording recording(45, newer ? h265 : h264);
    Player player;
    player.atPicture = [&](int number) {
      if (number == 3) {
        player.skip.set(SkippedFrames::nonKey);
      } else if (number == 20) {
        player.skip.set(SkippedFrames::none);
      }
    };
    player.play(recording, newer ? VideoCodec::h265 : VideoCodec::h264);
    CHECK(player.ended == Note::Kind::sourceEos);
    // 4 to 9 and 11 to 19 are left out; whole pictures follow, for their numbers can be read.
    std::vector<int> expected = numbers(0, 4);
    expected.push_back(10);
    for (const int number : numbers(20, 45)) {
      expected.push_back(number);
    }
    CHECK(player.shown == expected);
  }
}

TEST_CASE("pictures that no other refers to are skipped, and no other") {
  const std::string encoders[] = {
      "x264enc bframes=2 b-adapt=false b-pyramid=false key-int-max=12 "
      "option-string=scenecut=0 ! h264parse",
      "x265enc log-level=none key-int-max=12 "
      "option-string=scenecut=0:bframes=2:b-adapt=0:b-pyramid=0:open-gop=0 ! h265parse"};
  for (const auto codec : {VideoCodec::h264, VideoCodec::h265}) {
    const std::string name = codecName(codec);
    CAPTURE(name);
    const Recording recording(48, encoders[codec == VideoCodec::h264 ? 0 : 1]);
    Player all;
    all.play(recording, codec);
    CHECK(all.shown == numbers(0, 48));
    Player some;
    some.skip.set(SkippedFrames::nonReference);
    some.play(recording, codec);
    CAPTURE(some.shown.size());
    // Two of three are B-pictures, but for the ends of the groups.
    CHECK(some.shown.size() >= 16);
    CHECK(some.shown.size() <= 24);
    // Each in its place and undamaged.
    CHECK(std::is_sorted(some.shown.begin(), some.shown.end()));
    CHECK(std::set<int>(some.shown.begin(), some.shown.end()).size() == some.shown.size());
  }
}

TEST_CASE("a source that sends the other codec says so") {
  const Recording newer(5, h265);
  Player player;
  player.play(newer, VideoCodec::h264);
  CHECK(player.ended == Note::Kind::otherCodec);
  const Recording older(5, h264, "matroskamux");
  Player other;
  other.play(older, VideoCodec::h265);
  CHECK(other.ended == Note::Kind::otherCodec);
  const Recording neither(5, "avenc_mpeg4");
  Player none;
  none.play(neither, VideoCodec::h264);
  CHECK(none.ended == Note::Kind::sourceError);
}

namespace {

std::shared_ptr<const GstStructure> makeEvent(const char* name, int value) {
  return {gst_structure_new(name, "value", G_TYPE_INT, value, nullptr),
          [](GstStructure* structure) { gst_structure_free(structure); }};
}

// Pictures as their count, for the sake of shortness.
std::string summary(const std::vector<std::string>& records) {
  std::string text;
  int pictures = 0;
  const auto count = [&] {
    text += pictures == 0 ? "" : std::to_string(std::exchange(pictures, 0)) + " pictures; ";
  };
  for (const std::string& record : records) {
    if (record == "picture") {
      ++pictures;
    } else {
      count();
      text += record + " ";
    }
  }
  count();
  return text;
}

} // namespace

TEST_CASE("a custom event comes to a plugin's element right before the next picture") {
  registerEventRecorder();
  takeRecords();
  const Recording recording(20, h264);
  Player player;
  Interception interception({eventRecorder});
  player.atPicture = [&](int number) {
    if (number == 4) {
      CHECK(interception.send(makeEvent("once", 1), false));
      CHECK(interception.send(makeEvent("held", 2), true));
    } else if (number == 9) {
      CHECK(interception.send(makeEvent("held", 3), true));
    }
  };
  player.play(recording, VideoCodec::h264, interception);
  CHECK(summary(takeRecords()) == "5 pictures; once, value=(int)1; held, value=(int)2; "
                                  "5 pictures; held, value=(int)3; 10 pictures; ");
  // A new connection is told of what holds before its first picture, and of nothing else.
  interception.renew();
  player.atPicture = [](int) {};
  player.play(recording, VideoCodec::h264, interception);
  CHECK(summary(takeRecords()) == "held, value=(int)3; 20 pictures; ");
}

TEST_CASE("events before dropped pictures are not lost, and their number is limited") {
  registerEventRecorder();
  takeRecords();
  const Recording recording(20, h264);
  Player player;
  Interception interception({eventRecorder});
  player.tap.setDropInterval(10);
  player.atPicture = [&](int number) {
    if (number == 0) {
      CHECK(interception.send(makeEvent("once", 1), false));
    }
  };
  player.play(recording, VideoCodec::h264, interception);
  CHECK(summary(takeRecords()) == "1 pictures; once, value=(int)1; 1 pictures; ");
  for (std::size_t count = 0; count < limits::customEventsMax; ++count) {
    CHECK(interception.send(makeEvent("once", 1), false));
  }
  CHECK_FALSE(interception.send(makeEvent("once", 1), false));
  CHECK_FALSE(interception.send(makeEvent("held", 1), true));
}

TEST_CASE("the example of an endpoint plugin changes exactly the pictures after its event") {
  const http::EndpointPlugin plugin(BRIGHTNESS_PLUGIN);
  REQUIRE(plugin.elements().size() == 1);
  // With B-pictures and long groups: a change of a picture that others refer to would grow.
  const Recording recording(30, "x264enc bframes=2 key-int-max=30 option-string=scenecut=0 ! "
                                "h264parse");
  Player before;
  before.play(recording, VideoCodec::h264);
  Player after;
  Interception interception(plugin.elements());
  const auto send = [&](int brightness) {
    const std::shared_ptr<const GstStructure> event(
        gst_structure_new("example-brightness-update", "brightness", G_TYPE_INT, brightness,
                          nullptr),
        [](GstStructure* structure) { gst_structure_free(structure); });
    CHECK(interception.send(event, true));
  };
  after.atPicture = [&](int) {
    if (after.pictures.size() == 8) {
      send(40);
    } else if (after.pictures.size() == 15) {
      send(-100);
    } else if (after.pictures.size() == 22) {
      send(0);
    }
  };
  after.play(recording, VideoCodec::h264, interception);
  REQUIRE(before.pictures.size() == 30);
  REQUIRE(after.pictures.size() == 30);
  for (std::size_t at = 0; at < 30; ++at) {
    CAPTURE(at);
    const int added = at < 8 ? 0 : at < 15 ? 40 : at < 22 ? -100 : 0;
    Picture expected = before.pictures[at];
    for (std::uint8_t& luma : expected.luma) {
      luma = static_cast<std::uint8_t>(std::clamp(luma + added, 0, 255));
    }
    CHECK(after.pictures[at].luma == expected.luma);
  }
}
