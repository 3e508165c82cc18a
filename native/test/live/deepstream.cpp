// The host on elements that stand in for DeepStream's.
#include "support/bad-server.h"
#include "support/recording.h"
#include "support/rig.h"
#include "support/rtsp-viewer.h"
#include "support/stub-deepstream.h"

#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <fstream>

using namespace test;

TEST_SUITE_BEGIN("deepstream");

namespace {

// A GStreamer that finds the stubs, and a registry of its own.
std::vector<std::string> withStubs(const std::vector<std::string>& more = {}) {
  static int number = 0;
  std::vector<std::string> environment{"GST_PLUGIN_PATH=" + stubFolder(),
                                       "GST_REGISTRY=" + scratch() + "/registry-" +
                                           std::to_string(++number)};
  environment.insert(environment.end(), more.begin(), more.end());
  return environment;
}

std::string about(const Host& host) {
  return parseJson(host.get("/sightline/about").body)["backend"].asString();
}

bool hasControl(const Host& host, const std::string& name) {
  const Json::Value about = parseJson(host.get("/sightline/about").body);
  for (const Json::Value& control : about["controls"]) {
    if (control["name"] == name) {
      return true;
    }
  }
  return false;
}

// How a host ends that is asked for DeepStream alone.
struct End {
  int code = 0;
  std::string log;
};

End endOf(const std::vector<std::string>& environment) {
  std::vector<std::string> command{"/usr/bin/env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.insert(command.end(),
                 {pipelineBinary(), "--port", "0", "--rtsp-port", "0", "--backend", "deepstream"});
  Process process(command);
  const int code = process.wait();
  return {code, process.errors()};
}

} // namespace

TEST_CASE("cameras are batched into one tiled output, and force-idr makes an IDR in it") {
  Cameras cameras(2);
  Host host({cameras.port()}, {"--max-sources", "4"}, withStubs());
  CHECK(about(host) == "deepstream");
  host.add("door", cameras.url(1));
  host.add("gate", cameras.url(2));
  REQUIRE(host.waitForFrames("door", 10));
  REQUIRE(host.waitForFrames("gate", 10));
  REQUIRE(host.waitForOutput("gate"));
  const std::string url = host.stream("door")["output"]["rtspUrl"].asString();
  CHECK(url.ends_with("/tiled"));
  CHECK(host.stream("gate")["output"]["rtspUrl"] == url);
  RtspViewer viewer(url);
  REQUIRE(viewer.next() == true);
  // The IDR of the joining itself may come after the first one. From then on the stub makes none
  // that is not asked for.
  int plain = 0;
  for (int picture = 0; picture < 100 && plain < 5; ++picture) {
    plain = viewer.next() == false ? plain + 1 : 0;
  }
  REQUIRE(plain == 5);
  CHECK(host.post("/enc/force-idr", R"({"stream":{"stream_id":"1","force_idr":1}})").status == 200);
  int waited = 0;
  while (waited < 10 && viewer.next() == false) {
    ++waited;
  }
  CHECK(waited < 10);
  CHECK(host.get("/sightline/streams/door/snapshot.jpg").status == 503);
  CHECK(host.put("/sightline/streams/door/detectors", R"({"detectors":["face"]})").status == 501);
}

TEST_CASE("the additive routes do what DeepStream's elements can, and refuse the rest") {
  Cameras cameras(2);
  Host host({cameras.port()}, {"--max-sources", "2"}, withStubs());
  const std::string url = cameras.url(1);
  host.add("door", url.substr(0, 7) + "user:secret@" + url.substr(7));
  host.add("gate", cameras.url(2));
  REQUIRE(host.waitForState("door", "running"));
  REQUIRE(host.waitForOutput("gate"));
  const HttpAnswer listing = host.get("/sightline/streams");
  CHECK(listing.body.find("secret") == std::string::npos);
  CHECK(host.stream("door")["url"] == url);
  CHECK(host.stream("door")["hasCredentials"] == true);
  CHECK(host.stream("gate")["hasCredentials"] == false);
  CHECK(host.stream("gate")["applied"]["detection"]["trackerConfig"] == "");
  const Json::Value shared = parseJson(listing.body)["shared"];
  CHECK(shared["batchedPushTimeout"] == 33'333);
  CHECK(shared["maxLatency"] == 0);
  const auto output = [&](const std::string& id, const std::string& body) {
    return host.put("/sightline/streams/" + id + "/output", body).status;
  };
  CHECK(output("door", R"({"iframeInterval":7})") == 200);
  // There is one output.
  CHECK(host.stream("gate")["applied"]["iframeInterval"] == 7);
  CHECK(output("door", R"({"iframeInterval":null})") == 200);
  CHECK(host.stream("gate")["applied"]["iframeInterval"].isNull());
  CHECK(output("door", R"({"codec":"h265","iframeInterval":7})") == 501);
  CHECK(output("door", R"({"recording":"a.mkv"})") == 501);
  CHECK(output("other", R"({"iframeInterval":7})") == 404);
  CHECK(host.stream("door")["applied"]["iframeInterval"].isNull());
  CHECK(host.erase("/sightline/streams/other").status == 404);
  CHECK(host.erase("/sightline/streams/door").status == 204);
  CHECK(host.stream("door").isNull());
  CHECK(host.eventKinds("door") == "added running removed");
}

TEST_CASE("a camera that redirects to another address is left, and nothing is sent there") {
  std::atomic<int> requests{0};
  BadServer other([&requests](const std::string&) {
    ++requests;
    return std::string();
  });
  const auto url = [](const BadServer& server) {
    return "rtsp://127.0.0.1:" + std::to_string(server.port()) + "/x";
  };
  BadServer redirecting(redirectingTo(url(other)));
  Host host({redirecting.port(), other.port()}, {"--max-sources", "1"}, withStubs());
  host.add("redirected", url(redirecting));
  REQUIRE(host.waitForError("redirected", "stream.source-forbidden"));
  host.remove("redirected", url(redirecting));
  CHECK(requests == 0);
}

TEST_CASE("a camera that goes away is retried by itself, and comes back") {
  auto cameras = std::make_unique<Cameras>(1);
  Cameras others(1);
  const int port = cameras->port();
  Host host({port, others.port()}, {}, withStubs());
  const std::string url = cameras->url(1);
  host.add("door", url);
  host.add("gate", others.url(1));
  REQUIRE(host.waitForFrames("door", 5));
  REQUIRE(host.waitForFrames("gate", 5));
  cameras.reset();
  REQUIRE(host.waitForState("door", "retrying"));
  REQUIRE(host.waitForFrames("gate", host.frames("gate") + 5));
  cameras = std::make_unique<Cameras>(1, std::vector<std::string>{}, port);
  REQUIRE(host.waitForState("door", "running"));
  CHECK(host.eventKinds("door") == "added running error retrying resumed");
  CHECK(host.eventKinds("gate") == "added running");
  CHECK(host.remove("door", url) == "STREAM_REMOVE_SUCCESS");
  CHECK(host.eventKinds("door") == "added running error retrying resumed removed");
}

TEST_CASE("a frozen camera is stalled, and runs again when it thaws") {
  Cameras cameras(1);
  Host host({cameras.port()}, {}, withStubs());
  host.add("door", cameras.url(1));
  REQUIRE(host.waitForFrames("door", 5));
  cameras.command("freeze 1");
  REQUIRE(host.waitForState("door", "stalled"));
  CHECK(host.errorCode("door") == "stream.stalled");
  cameras.command("thaw 1");
  REQUIRE(host.waitForState("door", "running"));
  CHECK(host.eventKinds("door") == "added running stalled resumed");
}

TEST_CASE("a recording plays to its end, and says how far it is") {
  const std::string path = scratch() + "/tiles.mp4";
  writeNumbers(path, 480, "x264enc ! h264parse");
  Host host({}, {"--media-dir", scratch()}, withStubs());
  host.add("file", "file://" + path);
  REQUIRE(host.waitForState("file", "ended"));
  CHECK(host.eventKinds("file") == "added running eos");
  int told = 0;
  for (const Json::Value& event : host.events()) {
    if (event["kind"] == "progress") {
      CHECK(event["progress"]["durationMs"] == 8000);
      ++told;
    }
  }
  CHECK(told >= 2);
}

TEST_CASE("when one of DeepStream's elements is missing, the host works in software") {
  Host host({}, {}, withStubs({"SIGHTLINE_STUB_LACKS=nvinfer"}));
  CHECK(about(host) == "software");
  CHECK(host.process().errors().find(
            "DeepStream is not here: missing or not loading are nvinfer; found: nvurisrcbin 0.1 "
            "(libgstdeepstreamstubs.so)") != std::string::npos);
}

TEST_CASE("when a plugin of DeepStream's does not load, the host works in software") {
  const std::string folder = scratch() + "/broken-plugin";
  std::filesystem::create_directory(folder);
  const std::string plugin = folder + "/libgstdeepstreamstubs.so";
  std::filesystem::copy_file(stubFolder() + "/libgstdeepstreamstubs.so", plugin);
  const std::string registry = "GST_REGISTRY=" + scratch() + "/broken-registry";
  const std::vector<std::string> environment{"GST_PLUGIN_PATH=" + folder, registry};
  {
    const Host host({}, {}, environment);
    REQUIRE(about(host) == "deepstream");
  }
  // The registry's cache still has its elements.
  std::ofstream(plugin, std::ios::trunc) << "no library";
  Host host({}, {}, {environment[0], environment[1], "GST_REGISTRY_UPDATE=no"});
  CHECK(about(host) == "software");
  CHECK(host.process().errors().find("missing or not loading are nvurisrcbin") !=
        std::string::npos);
}

TEST_CASE("software is chosen beside the whole of DeepStream when it is asked for") {
  const Host host({}, {"--backend", "software"}, withStubs());
  CHECK(about(host) == "software");
}

TEST_CASE("a host that must be DeepStream's ends with 1 and says what is missing") {
  const End none = endOf({"GST_REGISTRY=" + scratch() + "/no-stubs"});
  CHECK(none.code == 1);
  CHECK(none.log.find("error host: DeepStream is not here: missing or not loading are nvurisrcbin "
                      "nvv4l2decoder nvvideoconvert nvstreammux") != std::string::npos);
  CHECK(none.log.find("found: nothing") != std::string::npos);
  const End one = endOf(withStubs({"SIGHTLINE_STUB_LACKS=nvv4l2h264enc"}));
  CHECK(one.code == 1);
  CHECK(one.log.find("missing or not loading are nvv4l2h264enc;") != std::string::npos);
}

TEST_CASE("a property that an element does not have is neither listed nor set") {
  Cameras cameras;
  Host host({cameras.port()}, {},
            withStubs({"SIGHTLINE_STUB_LACKS=nvvideoconvert.flip-method,nvstreammux.max-latency"}));
  host.add("door", cameras.url(1));
  REQUIRE(host.waitForFrames("door", 1));
  CHECK_FALSE(hasControl(host, "flip-method"));
  CHECK_FALSE(hasControl(host, "max-latency"));
  CHECK_FALSE(parseJson(host.get("/sightline/streams").body).isMember("shared"));
  CHECK(hasControl(host, "srccrop"));
  CHECK(host.post("/conv/flip-method", R"({"stream":{"stream_id":"0","flip_method":2}})").status ==
        500);
  CHECK(host.post("/mux/max-latency", R"({"stream":{"max_latency":2}})").status == 500);
  CHECK(
      host.post("/conv/srccrop", R"({"stream":{"stream_id":"0","src_crop":"0:0:10:10"}})").status ==
      200);
  CHECK(host.stream("door")["applied"]["flipMethod"] == 0);
}

TEST_SUITE_END();
