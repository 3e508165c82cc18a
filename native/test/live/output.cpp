// The encoded output of a stream over RTSP.
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <csignal>
#include <memory>

using namespace test;

TEST_SUITE_BEGIN("output");

namespace {

std::string outputUrl(const Host& host, const std::string& cameraId) {
  return host.stream(cameraId)["output"]["rtspUrl"].asString();
}

} // namespace

TEST_CASE("a client of the output begins with an IDR, under any camera id") {
  Cameras cameras;
  Host host({cameras.port()});
  const std::string id = "a b/ü=1";
  host.add(id, cameras.url(1));
  REQUIRE(host.waitForOutput(id));
  {
    RtspViewer first(outputUrl(host, id));
    CHECK(first.next() == true);
    RtspViewer second(outputUrl(host, id));
    CHECK(second.next() == true);
    CHECK(host.stream(id)["output"]["clients"] == 2);
    CHECK(host.stream(id)["output"]["bytesOut"].asUInt64() > 0);
  }
  CHECK(waitFor([&] { return host.stream(id)["output"]["clients"] == 0; }));
}

TEST_CASE("force-idr makes the next picture an IDR") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  RtspViewer viewer(outputUrl(host, "camera"));
  REQUIRE(viewer.next() == true);
  const auto idrFrames = [&] { return host.stream("camera")["output"]["idrFrames"].asUInt64(); };
  for (int round = 0; round < 3; ++round) {
    // Well inside a group of 30, so that the next IDR of its own is far away.
    for (int picture = 0; picture < 5; ++picture) {
      REQUIRE(viewer.next());
    }
    const auto before = idrFrames();
    CHECK(host.post("/enc/force-idr", R"({"stream":{"stream_id":"0","force_idr":1}})").status ==
          200);
    int waited = 0;
    while (waited < 10 && viewer.next() == false) {
      ++waited;
    }
    CHECK(waited < 10);
    CHECK(idrFrames() >= before + 1);
  }
  CHECK(host.post("/enc/force-idr", R"({"stream":{"stream_id":"5","force_idr":1}})").status == 500);
}

TEST_CASE("a client stays through the loss of the camera") {
  auto cameras = std::make_unique<Cameras>();
  const int port = cameras->port();
  Host host({port});
  host.add("camera", cameras->url(1));
  REQUIRE(host.waitForOutput("camera"));
  RtspViewer viewer(outputUrl(host, "camera"));
  REQUIRE(viewer.next() == true);
  cameras.reset();
  REQUIRE(host.waitForState("camera", "retrying"));
  cameras = std::make_unique<Cameras>(1, std::vector<std::string>{}, port);
  REQUIRE(host.waitForState("camera", "running"));
  const auto sent = host.stream("camera")["output"]["bytesOut"].asUInt64();
  for (int picture = 0; picture < 30; ++picture) {
    REQUIRE(viewer.next());
  }
  CHECK(host.stream("camera")["output"]["bytesOut"].asUInt64() > sent);
}

TEST_CASE("a client that never reads holds up nobody") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  const std::string url = outputUrl(host, "camera");
  Connection stuck(host.rtspPort());
  stuck.send("DESCRIBE " + url + " RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  REQUIRE(stuck.readUntil("\r\n\r\n").starts_with("RTSP/1.0 200"));
  stuck.send(
      "SETUP " + url +
      "/stream=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n");
  stuck.readUntil("Session: ");
  const std::string rest = stuck.readUntil("\r\n\r\n");
  const std::string session = rest.substr(0, rest.find_first_of(";\r"));
  stuck.send("PLAY " + url + " RTSP/1.0\r\nCSeq: 3\r\nSession: " + session + "\r\n\r\n");
  REQUIRE(stuck.readUntil("\r\n\r\n").starts_with("RTSP/1.0 200"));

  RtspViewer viewer(url);
  const auto before = host.frames("camera");
  for (int picture = 0; picture < 30; ++picture) {
    REQUIRE(viewer.next());
  }
  CHECK(host.frames("camera") >= before + 20);
  CHECK(host.stream("camera")["restarts"] == 0);
}

TEST_CASE("an output without pictures is refused at once") {
  Host host({});
  host.add("nothing", "rtsp://127.0.0.1:1/");
  Connection connection(host.rtspPort());
  connection.send("DESCRIBE " + outputUrl(host, "nothing") + " RTSP/1.0\r\nCSeq: 1\r\n\r\n");
  CHECK(connection.readUntil("\r\n").starts_with("RTSP/1.0 503"));
  connection.send("DESCRIBE " + outputUrl(host, "nothing") + "x RTSP/1.0\r\nCSeq: 2\r\n\r\n");
  connection.readUntil("\r\n\r\n");
  CHECK(connection.readUntil("\r\n").starts_with("RTSP/1.0 404"));
}

TEST_SUITE_END();
