// GStreamer's own account of its objects, after all that a stream can go through.
#include "support/bad-server.h"
#include "support/mjpeg-viewer.h"
#include "support/numbered-cameras.h"
#include "support/recording.h"
#include "support/rig.h"
#include "support/rtsp-viewer.h"

#include <doctest/doctest.h>

#include <csignal>
#include <filesystem>

using namespace test;

namespace {

constexpr auto npos = std::string::npos;

} // namespace

TEST_SUITE_BEGIN("leaks");

TEST_CASE("no GStreamer object outlives the host's streams") {
  NumberedCameras cameras(2);
  BadServer garbage(always("\x01\x02\x03 this is no RTSP\r\n\r\n"));
  const std::string folder = scratch() + "/leaks";
  std::filesystem::create_directory(folder);
  const std::string file = scratch() + "/short.mp4";
  writeNumbers(file, 30, "x264enc tune=zerolatency ! h264parse");
  Host host({cameras.port(), garbage.port()},
            {"--media-dir", scratch(), "--recordings-dir", folder},
            {"GST_TRACERS=leaks", "GST_DEBUG=GST_TRACER:7,leaks:7", "GST_LEAKS_TRACER_SIG=1"});
  host.add("viewed", cameras.url(1));
  host.add("removed", cameras.url(2));
  host.add("garbage", "rtsp://127.0.0.1:" + std::to_string(garbage.port()) + "/");
  host.add("refused", "rtsp://127.0.0.1:1/");
  host.add("no video", "file://" + writeFile("no-video.mp4", "1234ftyp and no more"));
  host.add("recording", "file://" + file);
  host.add("fake", "fake://leaks");
  REQUIRE(host.waitForOutput("viewed"));
  REQUIRE(host.waitForOutput("removed"));
  {
    RtspViewer viewer(host.stream("viewed")["output"]["rtspUrl"].asString());
    CHECK(viewer.next() == true);
    RtspViewer cut(host.stream("removed")["output"]["rtspUrl"].asString());
    CHECK(cut.next() == true);
    CHECK(host.get("/sightline/streams/viewed/snapshot.jpg").status == 200);
    CHECK(host.post("/enc/force-idr", R"({"stream":{"stream_id":0,"force_idr":1}})").status == 200);
    host.remove("removed", cameras.url(2));
    MjpegViewer preview(host, "viewed");
    CHECK(preview.next());
  }
  REQUIRE(host.waitForOutput("fake"));
  const auto putOutput = [&](const std::string& body) {
    return host.put("/sightline/streams/fake/output", body).status;
  };
  CHECK(putOutput(R"({"recording":"a.mkv"})") == 200);
  CHECK(putOutput(R"({"codec":"h265","recording":"b.ts"})") == 200);
  REQUIRE(host.waitForFrames("fake", host.frames("fake") + 20));
  CHECK(host.put("/sightline/streams/fake/detectors",
                 R"({"detectors":["motion","face","body"],"osd":true})")
            .status == 200);
  CHECK(host.post("/conv/flip-method", R"({"stream":{"stream_id":0,"flip_method":1}})").status ==
        200);
  // Connects anew.
  CHECK(host.post("/dec/low-latency-mode", R"({"stream":{"stream_id":0,"low_latency_mode":1}})")
            .status == 200);
  REQUIRE(host.waitForFrames("viewed", host.frames("viewed") + 20));
  REQUIRE(host.waitForState("recording", "ended"));
  CHECK(host.waitForError("garbage", "stream.source-invalid"));
  REQUIRE(host.waitForError("no video", "stream.source-invalid"));
  // The tracer does work: right now there are objects.
  host.process().signal(SIGUSR1);
  REQUIRE(waitFor([&] { return host.process().errors().find("listed ") != npos; }));
  REQUIRE(host.process().errors().find("object-alive") != npos);
  host.process().signal(SIGTERM);
  CHECK(host.process().wait() == 0);
  const std::string log = host.process().errors();
  const std::string end = log.substr(log.find("host: stopping"));
  CAPTURE(end);
  // Then nothing would be listed.
  CHECK(end.find("hangs") == npos);
  CHECK(end.find("object-alive") == npos);
}

TEST_SUITE_END();
