// What is set over HTTP, as it shows in pictures and bytes: what has no suite of its own.
#include "support/late-camera.h"
#include "support/numbered-cameras.h"
#include "support/picture.h"
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace test;

TEST_SUITE_BEGIN("effects");

namespace {

void set(const Host& host, const std::string& path, const std::string& field) {
  CAPTURE(field);
  CHECK(host.post(path, R"({"stream":{"stream_id":"0",)" + field + "}}").status == 200);
}

// Of the pictures that the camera sends in two seconds, how many in a hundred are shown.
int shownInHundred(const Host& host, const LateCamera& camera) {
  constexpr std::uint64_t window = 60;
  const std::uint64_t sent = camera.sent();
  const std::uint64_t shown = host.frames("camera");
  REQUIRE(waitFor([&] { return camera.sent() >= sent + window; }));
  return static_cast<int>((host.frames("camera") - shown) * 100 / (camera.sent() - sent));
}

// Between black and white: what an enlargement makes up.
int greyPixels(const Host& host) {
  const Picture picture = decodeJpeg(host.get("/sightline/streams/camera/snapshot.jpg").body);
  return static_cast<int>(std::count_if(picture.luma.begin(), picture.luma.end(),
                                        [](std::uint8_t y) { return y > 50 && y < 200; }));
}

std::size_t bytesOfPictures(RtspViewer& viewer, int count) {
  const std::size_t before = viewer.bytes();
  for (int picture = 0; picture < count; ++picture) {
    REQUIRE(viewer.next());
  }
  return viewer.bytes() - before;
}

} // namespace

TEST_CASE("low-latency-mode waits for no packet that is late, and without it all are waited for") {
  LateCamera camera;
  Host host({camera.port()});
  host.add("camera", camera.url());
  REQUIRE(host.waitForFrames("camera", 5));
  // Twice: a connection made anew leaves pictures out, too, but once.
  const auto showsAll = [&] { return shownInHundred(host, camera) > 90; };
  const auto leavesLateOut = [&] {
    const int shown = shownInHundred(host, camera);
    return shown > 60 && shown < 85;
  };
  CHECK(waitFor(showsAll));
  set(host, "/dec/low-latency-mode", R"("low_latency_mode":1)");
  CHECK(waitFor([&] { return leavesLateOut() && leavesLateOut(); }));
  set(host, "/dec/low-latency-mode", R"("low_latency_mode":0)");
  CHECK(waitFor([&] { return showsAll() && showsAll(); }));
  // No packets come from a generated source.
  host.add("fake", "fake://clock");
  CHECK(host.post("/dec/low-latency-mode", R"({"stream":{"stream_id":1,"low_latency_mode":1}})")
            .status == 500);
}

TEST_CASE("enc/bitrate decides how many bytes the output takes") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  RtspViewer viewer(host.stream("camera")["output"]["rtspUrl"].asString());
  set(host, "/enc/bitrate", R"("bitrate":4000000)");
  bytesOfPictures(viewer, 30);
  const std::size_t rich = bytesOfPictures(viewer, 60);
  set(host, "/enc/bitrate", R"("bitrate":50000)");
  bytesOfPictures(viewer, 30);
  const std::size_t poor = bytesOfPictures(viewer, 60);
  CAPTURE(rich);
  CAPTURE(poor);
  CHECK(poor * 2 < rich);
}

TEST_CASE("interpolation-method decides how a picture is enlarged") {
  NumberedCameras cameras(1);
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  set(host, "/conv/srccrop", R"("src_crop":"0:0:320:180")");
  set(host, "/conv/interpolation-method", R"("interpolation_method":0)");
  const auto isSharp = [&] { return greyPixels(host) < 100; };
  CHECK(waitFor(isSharp));
  set(host, "/conv/interpolation-method", R"("interpolation_method":1)");
  CHECK(waitFor([&] { return greyPixels(host) > 500; }));
  set(host, "/conv/interpolation-method", R"("interpolation_method":6)");
  CHECK(waitFor(isSharp));
}

TEST_SUITE_END();
