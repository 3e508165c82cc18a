// The pictures of a stream as MJPEG.
#include "support/mjpeg-viewer.h"
#include "support/picture.h"
#include "support/read-time.h"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <sys/socket.h>

using namespace test;

// In these tests a stream is awaited with its second frame: then the first one can be watched.
TEST_SUITE_BEGIN("preview");

TEST_CASE("a preview shows each new picture as a JPEG") {
  Host host({});
  host.add("clock", "fake://clock");
  REQUIRE(host.waitForFrames("clock", 2));
  MjpegViewer viewer(host, "clock", "?fps=15");
  REQUIRE(viewer.status() == 200);
  CHECK(viewer.head().find("multipart/x-mixed-replace; boundary=") != std::string::npos);
  std::set<std::string> pictures;
  std::string last;
  for (int count = 0; count < 20; ++count) {
    const auto jpeg = viewer.next();
    REQUIRE(jpeg);
    const Picture picture = decodeJpeg(*jpeg);
    CHECK(picture.width == 640);
    CHECK(picture.height == 360);
    const std::string time = readTime(picture);
    CHECK(time.find('?') == std::string::npos);
    // Midnight passes once a day.
    CHECK((time >= last || last.starts_with("23:59")));
    last = time;
    pictures.insert(*jpeg);
  }
  // The ball moves from each to the next.
  CHECK(pictures.size() == 20);
}

TEST_CASE("a preview is refused when there is nothing to see, and for a wrong rate") {
  Host host({});
  host.add("clock", "fake://clock");
  host.add("nothing", "rtsp://127.0.0.1:1/");
  REQUIRE(host.waitForFrames("clock", 2));
  CHECK(host.get("/sightline/streams/other/preview.mjpeg").status == 404);
  const HttpAnswer nothing = host.get("/sightline/streams/nothing/preview.mjpeg");
  CHECK(nothing.status == 503);
  CHECK(parseJson(nothing.body)["code"] == "stream.no-frame");
  for (const char* rate : {"0", "16", "-1", "2.5", "x", ""}) {
    CAPTURE(rate);
    CHECK(host.get(std::string("/sightline/streams/clock/preview.mjpeg?fps=") + rate).status ==
          400);
  }
  CHECK(request(host.port(), "GET", "/api/v1/sightline/streams/clock/preview.mjpeg").status == 401);
}

TEST_CASE("a preview ends with its stream and with the host") {
  Host host({});
  host.add("leaves", "fake://leaves");
  host.add("stays", "fake://stays");
  REQUIRE(host.waitForFrames("leaves", 2));
  REQUIRE(host.waitForFrames("stays", 2));
  MjpegViewer leaving(host, "leaves", "?fps=15");
  MjpegViewer staying(host, "stays", "?fps=15");
  REQUIRE(leaving.next());
  REQUIRE(staying.next());
  CHECK(host.remove("leaves", "fake://leaves") == "STREAM_REMOVE_SUCCESS");
  const std::string rest = leaving.connection().readAll();
  CHECK(rest.ends_with("--picture--\r\n"));
  for (int count = 0; count < 5; ++count) {
    REQUIRE(staying.next());
  }
  host.post("/app/quit", R"({"stream":{"app_quit":true}})");
  CHECK(staying.connection().readAll().ends_with("--picture--\r\n"));
  CHECK(host.process().wait() == 0);
}

TEST_CASE("the viewers are counted, and REST is answered beside them") {
  Host host({});
  host.add("clock", "fake://clock");
  REQUIRE(host.waitForFrames("clock", 2));
  std::vector<std::unique_ptr<MjpegViewer>> viewers;
  for (int number = 0; number < 8; ++number) {
    viewers.push_back(std::make_unique<MjpegViewer>(host, "clock"));
    REQUIRE(viewers.back()->status() == 200);
  }
  const HttpAnswer tooMany = host.get("/sightline/streams/clock/preview.mjpeg");
  CHECK(tooMany.status == 503);
  CHECK(parseJson(tooMany.body)["code"] == "pipeline.unavailable");
  CHECK(host.get("/sightline/streams").status == 200);
  for (const auto& viewer : viewers) {
    CHECK(viewer->next());
  }
  viewers.pop_back();
  // It is found out with the next picture.
  CHECK(waitFor([&] { return MjpegViewer(host, "clock").status() == 200; }));
}

TEST_CASE("a viewer that stops reading disturbs nobody, and is given up") {
  Host host({});
  const std::string url = "fake://large?width=1920&height=1080";
  host.add("large", url);
  REQUIRE(host.waitForFrames("large", 2));
  std::vector<std::unique_ptr<MjpegViewer>> stuck;
  for (int number = 0; number < 7; ++number) {
    stuck.push_back(std::make_unique<MjpegViewer>(host, "large", "?fps=15"));
    const int few = 4096;
    setsockopt(stuck.back()->connection().fd(), SOL_SOCKET, SO_RCVBUF, &few, sizeof few);
  }
  MjpegViewer viewer(host, "large", "?fps=15");
  for (int count = 0; count < 30; ++count) {
    REQUIRE(viewer.next());
  }
  CHECK(host.stream("large")["restarts"] == 0);
  CHECK(host.state("large") == "running");
  const auto place = [&] { return MjpegViewer(host, "large").status() == 200; };
  CHECK(waitFor(place, std::chrono::seconds(40)));
}

TEST_SUITE_END();
