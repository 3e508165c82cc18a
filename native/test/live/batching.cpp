// How many pictures of a stream the detectors look at, and how long they wait for another stream's.
#include "support/rig.h"

#include <doctest/doctest.h>

using namespace test;

TEST_SUITE_BEGIN("batching");

namespace {

// Of the pictures that a stream shows in two seconds, how many in a hundred detectors look at.
int lookedAtInHundred(const Host& host, const std::string& cameraId) {
  constexpr std::uint64_t window = 30;
  const Json::Value before = host.stream(cameraId);
  const std::uint64_t frames = before["frames"].asUInt64();
  REQUIRE(host.waitForFrames(cameraId, frames + window));
  const Json::Value after = host.stream(cameraId);
  const auto grown = [&](const char* count) {
    return after[count].asUInt64() - before[count].asUInt64();
  };
  return static_cast<int>(grown("analysedFrames") * 100 / grown("frames"));
}

} // namespace

TEST_CASE("infer/set-interval and inferserver/set-interval leave pictures out") {
  Cameras cameras;
  Host host({cameras.port()});
  host.add("hall", cameras.url(1));
  REQUIRE(host.waitForFrames("hall", 5));
  CHECK(waitFor([&] { return lookedAtInHundred(host, "hall") > 80; }));
  for (const std::string path : {"/infer/set-interval", "/inferserver/set-interval"}) {
    CAPTURE(path);
    CHECK(host.post(path, R"({"stream":{"stream_id":"0","interval":4}})").status == 200);
    CHECK(waitFor([&] { return lookedAtInHundred(host, "hall") < 30; }));
    CHECK(host.post(path, R"({"stream":{"stream_id":"0","interval":0}})").status == 200);
    CHECK(waitFor([&] { return lookedAtInHundred(host, "hall") > 80; }));
  }
}

TEST_CASE("mux/batched-push-timeout and mux/max-latency say how long a late stream is waited for") {
  Cameras cameras(2);
  Host host({cameras.port()});
  const auto set = [&](const std::string& path, const std::string& field) {
    CHECK(host.post(path, R"({"stream":{)" + field + "}}").status == 200);
  };
  host.add("late", cameras.url(1));
  host.add("hall", cameras.url(2));
  REQUIRE(host.waitForFrames("late", 5));
  REQUIRE(host.waitForFrames("hall", 5));
  // One picture in two seconds.
  CHECK(host.post("/dec/drop-frame-interval",
                  R"({"stream":{"stream_id":"0","drop_frame_interval":30}})")
            .status == 200);
  const auto isHeldUp = [&] { return lookedAtInHundred(host, "hall") < 30; };
  const auto isNotHeldUp = [&] { return lookedAtInHundred(host, "hall") > 80; };
  CHECK(waitFor(isNotHeldUp));
  const auto shared = [&] { return parseJson(host.get("/sightline/streams").body)["shared"]; };
  CHECK(shared()["batchedPushTimeout"] == 16'000);
  CHECK(shared()["maxLatency"] == 0);
  set("/mux/batched-push-timeout", R"("batched_push_timeout":-1)");
  CHECK(shared()["batchedPushTimeout"] == -1);
  CHECK(waitFor(isHeldUp));
  set("/mux/batched-push-timeout", R"("batched_push_timeout":1000)");
  CHECK(waitFor(isNotHeldUp));
  set("/mux/max-latency", R"("max_latency":4000000000)");
  CHECK(waitFor(isHeldUp));
  set("/mux/max-latency", R"("max_latency":0)");
  CHECK(waitFor(isNotHeldUp));
}

TEST_CASE("batches that wait for ever wait for no stream that has stalled") {
  Cameras cameras(2);
  Host host({cameras.port()});
  host.add("live", cameras.url(1));
  host.add("frozen", cameras.url(2));
  REQUIRE(host.waitForFrames("live", 5));
  REQUIRE(host.waitForFrames("frozen", 5));
  CHECK(
      host.post("/mux/batched-push-timeout", R"({"stream":{"batched_push_timeout":-1}})").status ==
      200);
  cameras.command("freeze 2");
  REQUIRE(host.waitForState("frozen", "retrying"));
  CHECK(waitFor([&] { return lookedAtInHundred(host, "live") > 80; }));
}

TEST_CASE("a push timeout of the configuration file holds from the start") {
  Cameras cameras(2);
  // A pause of an hour is also the patience with a camera that is silent.
  const std::string file = writeFile("patient.yml", "multiurisrcbin:\n  batched-push-timeout: -1\n"
                                                    "  rtsp-reconnect-interval: 3600\n");
  Host host({cameras.port()}, {"--config", file});
  host.add("live", cameras.url(1));
  host.add("frozen", cameras.url(2));
  REQUIRE(host.waitForFrames("live", 5));
  REQUIRE(host.waitForFrames("frozen", 5));
  cameras.command("freeze 2");
  CHECK(waitFor([&] { return lookedAtInHundred(host, "live") == 0; }));
  CHECK(host.state("frozen") == "running");
  host.post("/mux/batched-push-timeout", R"({"stream":{"batched_push_timeout":0}})");
  CHECK(waitFor([&] { return lookedAtInHundred(host, "live") > 80; }));
}

TEST_SUITE_END();
