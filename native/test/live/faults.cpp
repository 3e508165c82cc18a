// Cameras that are wrong, go away or fall silent.
#include "support/bad-server.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <memory>
#include <utility>

using namespace test;

TEST_SUITE_BEGIN("faults");

namespace {

int freePort() {
  return BadServer(always("")).port();
}

std::string rtsp(int port, const std::string& rest = "/camera-1") {
  return "rtsp://127.0.0.1:" + std::to_string(port) + rest;
}

} // namespace

TEST_CASE("each kind of wrong source gets its code and disturbs nobody") {
  const std::string password = writeFile("password", "pa:ss/word");
  Cameras cameras;
  Cameras locked(1, {"--user", "vi@ewer", "--password-file", password});
  BadServer foreign([](const std::string& request) {
    std::string reply = muteCamera(request);
    const std::size_t codec = reply.find("H264");
    return codec == std::string::npos ? reply : reply.replace(codec, 4, "JPEG");
  });
  BadServer garbage(always("\x01\x02\x03 this is no RTSP\r\n\r\n"));
  BadServer redirecting(
      always("RTSP/1.0 302 Found\r\nCSeq: 1\r\nLocation: rtsp://127.0.0.1:1/x\r\n\r\n"));
  const int refused = freePort();
  writeFile("garbage.mp4", "this is no video at all, not even a little");
  Host host(
      {cameras.port(), locked.port(), foreign.port(), garbage.port(), redirecting.port(), refused},
      {"--media-dir", scratch()});
  host.add("good", cameras.url(1));
  REQUIRE(host.waitForFrames("good", 1));

  const std::string lockedAt = "127.0.0.1:" + std::to_string(locked.port()) + "/camera-1";
  const std::vector<std::array<std::string, 3>> wrong{
      {"unknown path", rtsp(cameras.port(), "/camera-9"), "stream.source-not-found"},
      {"refused", rtsp(refused), "stream.source-unreachable"},
      // What a stream is called says nothing of its source.
      {"Parse error", rtsp(refused), "stream.source-unreachable"},
      {"no name", "rtsp://no-such-host.invalid/", "stream.source-unreachable"},
      {"no login", "rtsp://" + lockedAt, "stream.source-unauthorized"},
      {"wrong login", "rtsp://vi%40ewer:topsecret@" + lockedAt, "stream.source-unauthorized"},
      {"other codec", rtsp(foreign.port()), "stream.codec-unsupported"},
      {"garbage", rtsp(garbage.port()), "stream.source-invalid"},
      {"garbage file", "file://" + scratch() + "/garbage.mp4", "stream.source-invalid"},
      {"no file", "file://" + scratch() + "/none.mp4", "stream.source-not-found"},
      {"foreign file", "file:///etc/hostname", "stream.source-forbidden"},
      {"own loopback", "rtsp://127.0.0.1:1/", "stream.source-forbidden"},
      {"own name", "rtsp://localhost:1/", "stream.source-forbidden"},
      {"metadata", "rtsp://169.254.169.254/", "stream.source-forbidden"},
      {"redirected", rtsp(redirecting.port()), "stream.source-forbidden"},
  };
  for (const auto& [id, url, code] : wrong) {
    CHECK(host.add(id, url) == "STREAM_ADD_SUCCESS");
  }
  for (const auto& [id, url, code] : wrong) {
    CAPTURE(id);
    CHECK(host.waitForError(id, code));
    CHECK(host.state(id) == "retrying");
    CHECK(host.frames(id) == 0);
    CAPTURE(host.stream(id).toStyledString());
  }
  host.add("right login", "rtsp://vi%40ewer:pa%3Ass%2Fword@" + lockedAt);
  CHECK(host.waitForFrames("right login", 3));
  CHECK(parseJson(host.get("/sightline/streams/refused/snapshot.jpg").body)["code"] ==
        "stream.no-frame");

  const auto before = host.frames("good");
  CHECK(host.waitForFrames("good", before + 15));
  CHECK(host.stream("good")["restarts"] == 0);
  CHECK(host.eventKinds("good") == "added running");
  const std::string log = host.process().errors();
  CHECK(log.find("topsecret") == std::string::npos);
  CHECK(log.find("ss%2Fword") == std::string::npos);
  CHECK(log.find("ss/word") == std::string::npos);
}

TEST_CASE("what can never be a source is refused at once, and takes no place") {
  Host host({}, {"--max-sources", "1"});
  for (const auto& [url, code] : {std::pair("x", "stream.source-forbidden"),
                                  {"http://127.0.0.1/a.mp4", "stream.source-forbidden"},
                                  {"file:///a.mp4", "stream.source-forbidden"},
                                  {"fake://a?width=1", "stream.source-invalid"},
                                  {"rtsp://8.8.8.8#@127.0.0.1:6379/x", "stream.source-invalid"}}) {
    CAPTURE(url);
    const HttpAnswer answer = host.post(
        "/stream/add",
        std::string(R"({"value":{"camera_id":"a","change":"add","camera_url":")") + url + "\"}}");
    CHECK(answer.status == 500);
    CHECK(parseJson(answer.body)["reason"] == "STREAM_ADD_FAIL, Failed to add source stream");
    CHECK(parseJson(answer.body)["error"]["code"] == code);
  }
  CHECK(host.stream("a").isNull());
  CHECK(host.eventKinds("a").empty());
  // What may change while the stream waits is taken.
  CHECK(host.add("a", "rtsp://no-such-host.invalid/") == "STREAM_ADD_SUCCESS");
  CHECK(host.add("b", "x") ==
        "STREAM_ADD_FAIL, Active sources exceded max-batch-size of nvstreammux");
}

TEST_CASE("a source that redirects to another address is left, and nothing is sent there") {
  std::atomic<int> requests{0};
  BadServer other([&requests](const std::string&) {
    ++requests;
    return std::string();
  });
  BadServer redirecting(redirectingTo(rtsp(other.port())));
  // Even if the other one may be used: it was not the one that was named.
  Host host({redirecting.port(), other.port()});
  host.add("redirected", rtsp(redirecting.port()));
  REQUIRE(host.waitForError("redirected", "stream.source-forbidden"));
  host.remove("redirected", rtsp(redirecting.port()));
  CHECK(requests == 0);
}

TEST_CASE("a camera that is killed and comes back is resumed") {
  auto cameras = std::make_unique<Cameras>();
  const int port = cameras->port();
  Host host({port});
  host.add("camera", cameras->url(1));
  REQUIRE(host.waitForFrames("camera", 5));
  cameras->process().signal(SIGKILL);
  cameras->process().wait();
  REQUIRE(host.waitForError("camera", "stream.source-unreachable"));
  CHECK(host.state("camera") == "retrying");
  CHECK(waitFor([&] { return host.stream("camera")["fps"].asDouble() == 0; }));
  const auto before = host.frames("camera");
  cameras = std::make_unique<Cameras>(1, std::vector<std::string>{}, port);
  REQUIRE(host.waitForState("camera", "running"));
  CHECK(host.waitForFrames("camera", before + 5));
  CHECK(host.stream("camera")["restarts"].asInt() >= 1);
  CHECK_FALSE(host.stream("camera").isMember("error"));
  CHECK(host.eventKinds("camera") == "added running error retrying resumed");
}

TEST_CASE("a silent camera is stalled, a mute one has no first frame, and others do not notice") {
  Cameras cameras(2);
  BadServer mute(muteCamera);
  Host host({cameras.port(), mute.port()});
  host.add("mute", rtsp(mute.port()));
  host.add("silent", cameras.url(1));
  host.add("other", cameras.url(2));
  REQUIRE(host.waitForFrames("silent", 5));
  cameras.command("freeze 1");
  REQUIRE(host.waitForError("silent", "stream.stalled"));
  REQUIRE(host.waitForState("silent", "retrying"));
  CHECK(host.eventKinds("silent") == "added running stalled retrying");
  cameras.command("thaw 1");
  REQUIRE(host.waitForState("silent", "running"));
  CHECK(host.eventKinds("silent") == "added running stalled retrying resumed");
  REQUIRE(host.waitForError("mute", "stream.no-first-frame"));
  CHECK(host.state("mute") == "retrying");
  CHECK(host.eventKinds("mute") == "added error retrying");
  CHECK(host.eventKinds("other") == "added running");
}

TEST_CASE("a camera whose stream is taken away says so") {
  Cameras cameras(2);
  Host host({cameras.port()});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForFrames("camera", 2));
  cameras.command("remove 1");
  REQUIRE(host.waitForError("camera", "stream.source-not-found"));
  cameras.command("restore 1");
  REQUIRE(host.waitForState("camera", "running"));
}

TEST_SUITE_END();
