// What is set on a stream, as it shows in its snapshot and in its encoded output.
#include "software/backend.h"
#include "support/numbered-cameras.h"
#include "support/recording.h"
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

using namespace test;
using sightline::VideoCodec;

TEST_SUITE_BEGIN("picture");

namespace {

void set(const Host& host, const std::string& path, const std::string& field) {
  CAPTURE(path);
  CAPTURE(field);
  CHECK(host.post(path, R"({"stream":{"stream_id":"0",)" + field + "}}").status == 200);
}

std::string snapshot(const Host& host) {
  return host.get("/sightline/streams/camera/snapshot.jpg").body;
}

// The number as it reads from right to left.
int mirrored(int number) {
  int result = 0;
  for (int bit = 0; bit < 8; ++bit) {
    result |= (number >> bit & 1) << (7 - bit);
  }
  return result;
}

// Stops the camera and waits until its last picture is the one that is shown.
template <class Expected>
bool lastPictureIs(const Host& host, NumberedCameras& cameras, Expected expected) {
  cameras.pause(1);
  const int wanted = expected(cameras.sent(1).number);
  const bool shown = waitFor([&] { return readNumber(decodeJpeg(snapshot(host))) == wanted; });
  cameras.resume(1);
  return shown;
}

// Pictures from the next key frame to the one after it.
int groupLength(RtspViewer& viewer) {
  constexpr int patience = 200;
  int length = 0;
  bool counting = false;
  for (int picture = 0; picture < patience; ++picture) {
    const std::optional<bool> key = viewer.next();
    REQUIRE(key);
    if (*key && counting) {
      return length;
    }
    counting = counting || *key;
    length += counting ? 1 : 0;
  }
  return 0;
}

std::string outputUrl(const Host& host) {
  return host.stream("camera")["output"]["rtspUrl"].asString();
}

} // namespace

TEST_CASE("a flip shows in the snapshot, holds over a new connection, and ends") {
  NumberedCameras cameras(1);
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  CHECK(lastPictureIs(host, cameras, [](int number) { return number; }));
  keepPicture("live-flip-before", snapshot(host));
  set(host, "/conv/flip-method", R"("flip_method":4)");
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 3));
  CHECK(lastPictureIs(host, cameras, mirrored));
  keepPicture("live-flip-after", snapshot(host));

  const auto sent = cameras.sent(1).pictures;
  set(host, "/dec/low-latency-mode", R"("low_latency_mode":1)");
  REQUIRE(waitFor([&] { return cameras.sent(1).pictures > sent + 3; }));
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 3));
  CHECK(lastPictureIs(host, cameras, mirrored));
  const Json::Value applied = host.stream("camera")["applied"];
  CHECK(applied["flipMethod"] == 4);
  CHECK(applied["lowLatencyMode"] == true);
  // It was wanted, so it is no failure.
  CHECK(host.stream("camera")["restarts"] == 0);
  CHECK(host.eventKinds("camera") == "added running");

  set(host, "/conv/flip-method", R"("flip_method":0)");
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 3));
  CHECK(lastPictureIs(host, cameras, [](int number) { return number; }));
}

TEST_CASE("crops show in the snapshot, whose size stays") {
  NumberedCameras cameras(1);
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  // The first bar is the lowest bit.
  set(host, "/conv/srccrop", R"("src_crop":"0:0:80:360")");
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 3));
  CHECK(lastPictureIs(host, cameras, [](int number) { return number % 2 == 1 ? 255 : 0; }));
  keepPicture("live-srccrop-after", snapshot(host));
  set(host, "/conv/srccrop", R"("src_crop":"0:0:0:0")");
  // The bars stand in the right half; what was there before fills the left one.
  set(host, "/conv/destcrop", R"("dest_crop":"320:0:320:360")");
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 3));
  const Picture first = decodeJpeg(snapshot(host));
  REQUIRE(host.waitForFrames("camera", host.frames("camera") + 20));
  const Picture later = decodeJpeg(snapshot(host));
  keepPicture("live-destcrop-after", snapshot(host));
  CHECK(later.width == 640);
  CHECK(later.height == 360);
  int different = 0;
  for (int x = 40; x < 640; x += 80) {
    const bool changed = (first.at(x, 180) > 128) != (later.at(x, 180) > 128);
    different += x < 320 && changed ? 1 : 0;
  }
  CHECK(different == 0);
  CHECK(host.stream("camera")["applied"]["destCrop"] == "320:0:320:360");
}

TEST_CASE("an interval of I-frames is exact in the output, and forced ones come between") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  CHECK(host.stream("camera")["applied"]["iframeInterval"].isNull());
  RtspViewer viewer(outputUrl(host));
  REQUIRE(viewer.next() == true);
  for (const int interval : {6, 3}) {
    set(host, "/enc/iframe-interval", "\"iframeinterval\":" + std::to_string(interval));
    CHECK(host.stream("camera")["applied"]["iframeInterval"] == interval);
    // The group that was under way.
    groupLength(viewer);
    CHECK(groupLength(viewer) == interval);
    CHECK(groupLength(viewer) == interval);
  }
  set(host, "/enc/iframe-interval", R"("iframeinterval":0)");
  groupLength(viewer);
  int waited = 0;
  set(host, "/enc/force-intra", R"("force_intra":1)");
  while (waited < 20 && viewer.next() == false) {
    ++waited;
  }
  CHECK(waited < 20);
}

TEST_CASE("the output takes an interval of I-frames with its codec, and gives it back") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  const auto put = [&](const std::string& body) {
    CAPTURE(body);
    CHECK(host.put("/sightline/streams/camera/output", body).status == 200);
    return host.stream("camera")["applied"];
  };
  RtspViewer viewer(outputUrl(host));
  REQUIRE(viewer.next() == true);
  for (const int interval : {6, 3}) {
    CHECK(put(R"({"codec":"h264","iframeInterval":)" + std::to_string(interval) +
              "}")["iframeInterval"] == interval);
    groupLength(viewer);
    CHECK(groupLength(viewer) == interval);
    CHECK(groupLength(viewer) == interval);
  }
  CHECK(put(R"({"iframeInterval":null})")["iframeInterval"].isNull());
  groupLength(viewer);
  // The camera sends 15 a second; a box with much to do may encode fewer.
  const int length = groupLength(viewer);
  CHECK(length > 12);
  CHECK(length < 40);
}

TEST_CASE("a camera that sends H.265 runs at once, as if nothing were special") {
  Cameras cameras(1, {"--codec", "h265"});
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  CHECK(host.stream("camera")["restarts"] == 0);
  CHECK(host.eventKinds("camera") == "added running");
  RtspViewer viewer(outputUrl(host));
  CHECK(viewer.next() == true);
  CHECK(viewer.next() == false);
}

TEST_CASE("the output of a stream takes every codec, and clients of the old one are ended") {
  using namespace sightline;
  NumberedCameras cameras(1);
  const auto rtsp = RtspServer::listen(0);
  REQUIRE(rtsp);
  const SourceRule rule({*AllowedSource::parse("127.0.0.1:" + std::to_string(cameras.port()))},
                        std::nullopt);
  EventLog events(16);
  SoftwareBackend backend(BackendSetup{}, rule, events, *rtsp);
  CHECK(backend.add({"camera", "", cameras.url(1), ""}).result == AddResult::added);
  const auto idrFrames = [&] { return backend.streams().front().output.idrFrames; };
  REQUIRE(waitFor([&] { return idrFrames() > 0; }));
  const std::string url = rtsp->url("camera");
  auto viewer = std::make_unique<RtspViewer>(url);
  CHECK(viewer->next() == true);
  for (const VideoCodec codec : {VideoCodec::h265, VideoCodec::mpeg4, VideoCodec::h264}) {
    const std::string name = codecName(codec);
    CAPTURE(name);
    CHECK(backend.set({0, EncoderCodec{codec}, ""}) == ChangeResult::done);
    CHECK(backend.streams().front().applied.codec == codec);
    int left = 0;
    while (left < 100 && viewer->next()) {
      ++left;
    }
    CHECK(left < 100);
    viewer = std::make_unique<RtspViewer>(url, codec);
    CHECK(viewer->next() == true);
    CHECK(viewer->next() == false);
    CHECK(backend.set({0, IframeInterval{4}, ""}) == ChangeResult::done);
    groupLength(*viewer);
    CHECK(groupLength(*viewer) == 4);
    const bool hasRate = codec != VideoCodec::mpeg4;
    CHECK(backend.set({0, EncoderBitrate{900'000}, ""}) ==
          (hasRate ? ChangeResult::done : ChangeResult::unsupported));
    CHECK(backend.streams().front().applied.bitrate == (hasRate ? 900'000U : 0U));
    CHECK(backend.force({0, KeyFrame::intra, ""}) == ChangeResult::done);
  }
  CHECK(backend.set({0, EncoderBitrate{0}, ""}) == ChangeResult::unsupported);
  CHECK(backend.set({0, FlipMethod{8}, ""}) == ChangeResult::unsupported);
  CHECK(backend.streams().front().applied.bitrate == 900'000);
  CHECK(backend.streams().front().applied.flipMethod == 0);
  viewer.reset();
  backend.stop();
}

TEST_SUITE_END();
