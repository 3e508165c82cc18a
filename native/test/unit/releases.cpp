// What each release of DeepStream offers and says, and what its GETs tell.
#include "noting-control.h"
#include "pipeline/host-load.h"

#include <doctest/doctest.h>
#include <json/reader.h>

#include <algorithm>
#include <array>
#include <sstream>
#include <tuple>

using namespace test;
using sightline::http::Compatibility;
using sightline::http::Release;
using sightline::http::WireStatus;

namespace {

Json::Value json(const sightline::http::Response& response) {
  Json::Value value;
  std::istringstream(response.body) >> value;
  return value;
}

constexpr auto unknownRemove =
    R"({"value":{"camera_id":"a","camera_url":"rtsp://a","change":"camera_remove"}})";
constexpr auto axiosAccept = "application/json, text/plain, */*";

std::string countLine(int count) {
  return "# HELP total_stream_count Total stream count from ds\n# TYPE total_stream_count gauge\n"
         "total_stream_count{app_name=\"ds\",metric_name=\"total_stream_count\"} " +
         std::to_string(count) + "\n";
}

} // namespace

TEST_CASE("a release has the paths that it had") {
  const std::vector<std::pair<std::string, std::vector<Release>>> added{
      {"GET /api/v1/stream/get-stream-info", {Release::v7_1, Release::v8_0, Release::v9_1}},
      {"POST /api/v1/app/quit", {Release::v7_1, Release::v8_0, Release::v9_1}},
      {"POST /api/v1/dec/low-latency-mode", {Release::v7_1, Release::v8_0, Release::v9_1}},
      {"POST /api/v1/nvtracker/config-path", {Release::v8_0, Release::v9_1}},
      {"POST /api/v1/analytics/reload-config", {Release::v8_0, Release::v9_1}},
      {"GET /api/v1/health/get-dsready-state", {Release::v8_0, Release::v9_1}},
      {"GET /live", {Release::v9_1}},
      {"GET /ready", {Release::v9_1}},
      {"GET /startup", {Release::v9_1}},
      {"GET /api/v1/live", {Release::v9_1}},
      {"GET /api/v1/ready", {Release::v9_1}},
      {"GET /api/v1/startup", {Release::v9_1}},
      {"GET /api/v1/metrics", {Release::v9_1}},
      {"GET /api/v1/metadata", {Release::v9_1}},
      {"POST /api/v1/generate_text_embeddings", {Release::v9_1}},
      {"POST /api/v1/generate_image_embeddings", {Release::v9_1}},
  };
  for (const auto& [route, releases] : added) {
    CAPTURE(route);
    const std::size_t space = route.find(' ');
    const auto has = [&](const Compatibility& compatibility) {
      NotingHost host(compatibility);
      return findEndpoint(host.table, route.substr(0, space), route.substr(space + 1)).has_value();
    };
    CHECK(has({}));
    for (const Release release : {Release::v7_1, Release::v8_0, Release::v9_1}) {
      CHECK(has({release}) ==
            (std::find(releases.begin(), releases.end(), release) != releases.end()));
    }
  }
}

TEST_CASE("a release calls itself what it did") {
  const auto version = [](const Compatibility& compatibility, const std::string& method) {
    NotingHost host(compatibility);
    return json(host.ask(method, "/version"))["version"].asString();
  };
  CHECK(version({}, "GET") == "DeepStream-SDK 7.1 - REST API Version v1");
  CHECK(version({Release::v7_1}, "POST") == "DeepStream-SDK 7.0 - REST API Version v1");
  CHECK(version({Release::v8_0}, "PUT") == "DeepStream-SDK 7.0 - REST API Version v1");
  CHECK(version({Release::v9_1}, "DELETE") == "DeepStream-SDK 9.1 - REST API Version v1");
}

TEST_CASE("the list of streams has the fields of the release") {
  const auto entry = [](const Compatibility& compatibility) {
    NotingHost host(compatibility);
    return json(host.get("/api/v1/stream/get-stream-info"))["stream-info"]["stream-info"][0];
  };
  CHECK(entry({Release::v7_1}).getMemberNames() ==
        std::vector<std::string>{"camera_id", "camera_name"});
  CHECK(entry({Release::v8_0})["source_id"] == 3);
  CHECK(entry({})["source_id"] == 3);
}

TEST_CASE("an add is refused with DeepStream's reason, and with why beside it") {
  constexpr auto add =
      R"({"value":{"camera_id":"a","camera_url":"http://a","change":"camera_add"}})";
  const auto answered = [&](const Compatibility& compatibility) {
    NotingHost host(compatibility);
    host.control.added = {sightline::AddResult::refused, {"stream.source-forbidden", "no source"}};
    return host.post("/stream/add", add);
  };
  CHECK(answered({}).status == 500);
  const Json::Value body = json(answered({}));
  CHECK(body["reason"] == "STREAM_ADD_FAIL, Failed to add source stream");
  CHECK(body["error"]["code"] == "stream.source-forbidden");
  CHECK(body["error"]["text"] == "no source");
  CHECK(answered({{}, WireStatus::always200}).body ==
        "{\n\t\"reason\" : \"STREAM_ADD_FAIL, Failed to add source stream\",\n"
        "\t\"status\" : \"HTTP/1.1 500 Internal Server Error\"\n}");
}

TEST_CASE("a removal of nothing fails, but where 7.1 or 8.0 is asked for to the letter") {
  const auto removal = [](const Compatibility& compatibility) {
    NotingHost host(compatibility);
    return host.post("/stream/remove", unknownRemove);
  };
  constexpr auto fail = "STREAM_REMOVE_FAIL, No record found. Failed to remove source stream";
  for (const Compatibility& honest :
       {Compatibility{}, Compatibility{{}, WireStatus::always200}, Compatibility{Release::v7_1},
        Compatibility{Release::v8_0}, Compatibility{Release::v9_1, WireStatus::always200}}) {
    CHECK(removal(honest).status == 500);
    CHECK(json(removal(honest))["reason"] == fail);
  }
  for (const Release release : {Release::v7_1, Release::v8_0}) {
    CHECK(removal({release, WireStatus::always200}).body ==
          "{\n\t\"reason\" : \"\",\n\t\"status\" : \"HTTP/1.1 200 OK\"\n}");
  }
}

TEST_CASE("DeepStream's application never says that there was nothing to remove") {
  NotingHost honest({std::nullopt, WireStatus::always200, false});
  CHECK(honest.post("/stream/remove", unknownRemove).status == 500);
  NotingHost exact({Release::v9_1, WireStatus::always200, false});
  CHECK(exact.post("/stream/remove", unknownRemove).body ==
        "{\n\t\"reason\" : \"\",\n\t\"status\" : \"HTTP/1.1 200 OK\"\n}");
}

TEST_CASE("DeepStream's application has no callback for GETs, tracker and analytics") {
  const std::vector<std::pair<std::string, std::string>> gets{
      {"/api/v1/stream/get-stream-info", "stream-info"},
      {"/api/v1/health/get-dsready-state", "health-info"},
      {"/ready", "ready-info"},
      {"/api/v1/ready", "ready-info"},
      {"/live", "live-info"},
      {"/api/v1/live", "live-info"},
      {"/startup", "startup-info"},
      {"/api/v1/startup", "startup-info"},
      {"/api/v1/metrics", "metrics-info"}};
  NotingHost honest({{}, WireStatus::body, false});
  NotingHost release9({Release::v9_1, WireStatus::body, false});
  NotingHost exact({Release::v9_1, WireStatus::always200, false});
  for (const auto& [path, field] : gets) {
    CAPTURE(path);
    CHECK(honest.get(path).status == 500);
    CHECK(json(honest.get(path))["reason"] == "Unable to fetch the live stream data");
    CHECK(release9.get(path).status == 500);
    CHECK(json(release9.get(path))["reason"] == "Unable to fetch the data");
    const Json::Value empty = json(exact.get(path));
    CHECK(empty.getMemberNames().size() == 3);
    CHECK(empty[field].isNull());
    CHECK(empty["reason"] == "");
    CHECK(empty["status"] == "HTTP/1.1 200 OK");
  }
  CHECK(json(honest.get("/version"))["version"].isString());
  CHECK(json(honest.get("/api/v1/metadata"))["name"].isString());
  for (const auto& [path, body, reason] :
       {std::tuple("/nvtracker/config-path", R"({"stream":{"stream_id":"3","config_path":"/t"}})",
                   "NVTRACKER_CONFIG_UPDATE_FAIL, nv-tracker-config-update event not pushed"),
        {"/analytics/reload-config", R"({"stream":{"config_file_path":"/a"}})",
         "RELOAD_CONFIG_UPDATE_FAIL, analytics-config-update event not pushed"}}) {
    CAPTURE(path);
    CHECK(honest.post(path, body).status == 500);
    CHECK(json(honest.post(path, body))["reason"] == reason);
    CHECK(honest.post(path, "{}").status == 400);
    CHECK(json(exact.post(path, body))["reason"] == "");
    CHECK(exact.post(path, body).status == 200);
  }
  CHECK(honest.control.notes.empty());
  CHECK(exact.control.notes.empty());
}

TEST_CASE("text is given to who wants it, and JSON to axios") {
  const auto list = [](const Compatibility& compatibility, const std::string& accept) {
    NotingHost host(compatibility);
    return host.get("/api/v1/stream/get-stream-info", accept);
  };
  CHECK(list({}, "text/plain").body == countLine(1));
  CHECK(list({}, "text/plain").contentType == "text/plain; version=0.0.4; charset=utf-8");
  CHECK(json(list({}, axiosAccept))["stream-info"]["stream-count"] == 1);
  CHECK(list({Release::v9_1}, axiosAccept).body == countLine(1));
  CHECK(json(list({Release::v8_0}, "text/plain"))["stream-info"]["stream-count"] == 1);
}

TEST_CASE("probes say YES until the host goes to its end") {
  NotingHost host;
  const std::vector<std::array<std::string, 4>> probes{
      {"/api/v1/health/get-dsready-state", "health-info", "ds-ready", "GET_READY_INFO_SUCCESS"},
      {"/ready", "ready-info", "ds-ready", "GET_READY_INFO_SUCCESS"},
      {"/api/v1/live", "live-info", "ds-liveness", "GET_LIVE_INFO_SUCCESS"},
      {"/startup", "startup-info", "ds-startup", "GET_STARTUP_INFO_SUCCESS"}};
  for (const bool isStopping : {false, true}) {
    host.isStopping = isStopping;
    for (const auto& [path, group, field, reason] : probes) {
      CAPTURE(path);
      const auto response = host.get(path);
      CHECK(response.status == (isStopping ? 503 : 200));
      CHECK(json(response)[group][field] == (isStopping ? "NO" : "YES"));
      CHECK(json(response)["reason"] == reason);
    }
    CHECK(host.get("/live", "text/plain").body ==
          std::string("# HELP live_metrics Live metrics from ds\n# TYPE live_metrics gauge\n"
                      "live_metrics{app_name=\"ds\",metric_name=\"ds_liveness\"} ") +
              (isStopping ? "0\n" : "1\n"));
  }
  NotingHost release8({Release::v8_0});
  CHECK(json(release8.get("/api/v1/health/get-dsready-state"))["reason"] ==
        "GET_DS_READINESS_INFO_SUCCESS");
}

TEST_CASE("metrics hold what was measured and nothing else") {
  NotingHost host;
  const Json::Value none = json(host.get("/api/v1/metrics"));
  CHECK(none["reason"] == "GET_METRICS_INFO_SUCCESS - No data available");
  CHECK(none["metrics-info"]["stream-count"] == 0);
  CHECK(none["metrics-info"]["stream-stats"].isArray());

  host.control.status.frames = 42;
  host.control.status.fps = 12.5;
  const Json::Value some = json(host.get("/api/v1/metrics"));
  CHECK(some["reason"] == "GET_METRICS_INFO_SUCCESS");
  const Json::Value& stat = some["metrics-info"]["stream-stats"][0];
  CHECK(stat["fps"] == 12.5);
  CHECK(stat["frame_number"] == 42);
  CHECK(stat["sensor_id"] == "gate \"1\"");
  CHECK(stat["sensor_name"] == "Gate");
  CHECK(stat["source_id"] == 3);
  CHECK_FALSE(stat.isMember("latency_ms"));
  CHECK(some["metrics-info"]["system-stats"]["RAM_gb"].asDouble() > 0);
  CHECK_FALSE(some["metrics-info"]["system-stats"].isMember("gpu_util"));

  const std::string text = host.get("/api/v1/metrics", "text/plain").body;
  CHECK(text.find("# HELP fps_metrics FPS metrics from ds\n# TYPE fps_metrics gauge\n"
                  "fps_metrics{app_name=\"ds\",metric_name=\"stream_fps\",sensor_id=\"gate "
                  "\\\"1\\\"\",sensor_name=\"Gate\",source_id=\"3\"} 12.5\n") == 0);
  CHECK(text.find("stream_count{app_name=\"ds\",metric_name=\"stream_count\"} 1\n") !=
        std::string::npos);
  CHECK(text.find("gpu") == std::string::npos);
}

TEST_CASE("the load of the box is between nothing and all of it") {
  sightline::HostLoad load(std::chrono::milliseconds(1));
  sightline::HostLoad::Reading reading = load.read();
  CHECK(reading.ramGb.value() > 0);
  while (!reading.cpuPercent) {
    reading = load.read();
  }
  CHECK(*reading.cpuPercent >= 0);
  CHECK(*reading.cpuPercent <= 100);
}

TEST_CASE("what the host is not it does not claim to be") {
  NotingHost host;
  const Json::Value metadata = json(host.get("/api/v1/metadata"));
  CHECK(metadata["name"] == "sightline-pipeline");
  CHECK(metadata["licenseInfo"]["name"] == "Apache-2.0");
  CHECK_FALSE(metadata.isMember("reason"));
  for (const char* path : {"/generate_text_embeddings", "/generate_image_embeddings"}) {
    const auto response = host.post(path, "{}");
    CHECK(response.status == 501);
    CHECK(json(response)["code"] == "NotImplemented");
  }
}
