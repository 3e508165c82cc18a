// The requests of DeepStream's own page, one after the other, with a camera of ours. [DeepStream
// 7.1, "DeepStream With REST API Server", "Schema and endpoints"]
#include "support/rig.h"
#include "support/stub-deepstream.h"

#include <doctest/doctest.h>

#include <set>

using namespace test;

TEST_SUITE_BEGIN("http");

namespace {

struct Example {
  std::string path;
  // The fields of "stream".
  std::string fields;
  // As the host lists what it can set.
  std::string control;
  std::string prefix;
  // What follows the prefix and _FAIL when it cannot.
  std::string refused;
};

const std::vector<Example> settings{
    {"/roi/update",
     R"("stream_id":"0","roi_count":2,"roi":[
        {"roi_id":"0","left":100,"top":300,"width":400,"height":400},
        {"roi_id":"1","left":550,"top":300,"width":500,"height":500}])",
     "roi", "ROI_UPDATE", ", nv-roi-update event not pushed"},
    {"/dec/drop-frame-interval", R"("stream_id":"0","drop_frame_interval":2)",
     "drop-frame-interval", "DROP_FRAME_INTERVAL_UPDATE",
     ", Error while setting drop-frame-interval property"},
    {"/dec/skip-frames", R"("stream_id":"0","skip_frames":2)", "skip-frames", "SKIP_FRAMES_UPDATE",
     ", Error while setting skip-frame property"},
    {"/infer/set-interval", R"("stream_id":"0","interval":2)", "infer-interval",
     "INFER_INTERVAL_UPDATE", ", nv-infer-interval-update event not pushed"},
    {"/inferserver/set-interval", R"("stream_id":"0","interval":2)", "infer-interval",
     "INFERSERVER_INTERVAL_UPDATE", ", nv-infer-interval-update event not pushed"},
    {"/enc/force-idr", R"("stream_id":"0","force_idr":1)", "force-idr", "FORCE_IDR_UPDATE",
     ", nv-enc-force-idr event not pushed"},
    {"/enc/force-intra", R"("stream_id":"0","force_intra":1)", "force-intra", "FORCE_INTRA_UPDATE",
     ", nv-enc-force-intra event not pushed"},
    {"/enc/bitrate", R"("stream_id":"0","bitrate":2000000)", "bitrate", "BITRATE_UPDATE",
     ", nv-enc-bitrate-update event not pushed"},
    {"/enc/iframe-interval", R"("stream_id":"0","iframeinterval":50)", "iframe-interval",
     "IFRAME_INTERVAL_UPDATE", ", nv-enc-iframeinterval-update event not pushed"},
    {"/mux/batched-push-timeout", R"("batched_push_timeout":100000)", "batched-push-timeout",
     "BATCHED_PUSH_TIMEOUT_UPDATE", ", batched-push-timeout value not updated"},
    {"/conv/srccrop", R"("stream_id":"0","src_crop":"200:200:400:500")", "srccrop",
     "SRC_CROP_UPDATE", ", source-crop update failed"},
    {"/conv/destcrop", R"("stream_id":"0","dest_crop":"100:200:400:500")", "destcrop",
     "DEST_CROP_UPDATE", ", dest-crop update failed"},
    {"/conv/flip-method", R"("stream_id":"0","flip_method":2)", "flip-method", "FLIP_METHOD_UPDATE",
     ", flip-method update failed"},
    {"/conv/interpolation-method", R"("stream_id":"0","interpolation_method":2)",
     "interpolation-method", "INTERPOLATION_METHOD_UPDATE", ", interpolation-method update failed"},
    {"/osd/process-mode", R"("stream_id":"0","process_mode":0)", "osd-process-mode",
     "PROCESS_MODE_UPDATE", ", nv-osd-process-mode-update event not pushed"},
};

// The page's own sensor, in the one form (`value`) or the other (`event`).
std::string sensor(const std::string& form, const std::string& url, const std::string& change) {
  return R"({"key":"sensor",")" + form +
         R"(":{"camera_id":"uniqueSensorID1","camera_name":"front_door","camera_url":")" + url +
         R"(","change":")" + change +
         R"(","metadata":{"resolution":"1920 x1080","codec":"h264","framerate":30}},
            "headers":{"source":"vst","created_at":"2021-06-01T14:34:13.417Z"}})";
}

std::string envelope(int status, const std::string& reason) {
  return "{\n\t\"reason\" : \"" + reason + "\",\n\t\"status\" : \"HTTP/1.1 " +
         (status == 200 ? "200 OK" : "500 Internal Server Error") + "\"\n}";
}

std::string streamInfo(bool hasSourceId) {
  return std::string("{\n\t\"reason\" : \"GET_LIVE_STREAM_INFO_SUCCESS\",\n"
                     "\t\"status\" : \"HTTP/1.1 200 OK\",\n\t\"stream-info\" : \n\t{\n"
                     "\t\t\"stream-count\" : 1,\n\t\t\"stream-info\" : \n\t\t[\n\t\t\t{\n"
                     "\t\t\t\t\"camera_id\" : \"uniqueSensorID1\",\n"
                     "\t\t\t\t\"camera_name\" : \"front_door\"") +
         (hasSourceId ? ",\n\t\t\t\t\"source_id\" : 0" : "") + "\n\t\t\t}\n\t\t]\n\t}\n}";
}

std::set<std::string> controlsOf(const Host& host) {
  std::set<std::string> names;
  const Json::Value about = parseJson(host.get("/sightline/about").body);
  for (const Json::Value& control : about["controls"]) {
    names.insert(control["name"].asString());
  }
  return names;
}

// `wire` is what the status line must say of an outcome.
template <class Wire>
void checkDocument(const Host& host, const std::string& url, Wire wire) {
  const auto check = [&](const std::string& path, const std::string& body, int status,
                         const std::string& expected) {
    CAPTURE(path);
    const HttpAnswer answer = host.post(path, body);
    CHECK(answer.status == wire(status));
    CHECK(answer.body == expected);
  };
  check("/stream/add", sensor("value", url, "camera_add"), 200,
        envelope(200, "STREAM_ADD_SUCCESS"));
  check("/stream/remove", sensor("value", url, "camera_remove"), 200,
        envelope(200, "STREAM_REMOVE_SUCCESS"));
  check("/stream/add", sensor("event", url, "camera_streaming"), 200,
        envelope(200, "STREAM_ADD_SUCCESS"));
  REQUIRE(host.waitForOutput("uniqueSensorID1"));
  const std::set<std::string> controls = controlsOf(host);
  for (const Example& example : settings) {
    // What the host lists it does, and what it does it lists.
    const bool isAble = controls.contains(example.control);
    const int status = isAble ? 200 : 500;
    check(example.path, "{\"stream\":{" + example.fields + "}}", status,
          envelope(status, example.prefix + (isAble ? "_SUCCESS" : "_FAIL" + example.refused)));
  }
}

void checkAllListed(const Host& host) {
  const std::set<std::string> controls = controlsOf(host);
  for (const Example& example : settings) {
    CAPTURE(example.control);
    CHECK(controls.contains(example.control));
  }
}

void checkQuit(Host& host) {
  const HttpAnswer quit = host.post("/app/quit", R"({"stream":{"app_quit":1}})");
  CHECK(quit.status == 200);
  CHECK(quit.body == envelope(200, "QUIT_SUCCESS"));
  CHECK(host.process().wait() == 0);
}

} // namespace

TEST_CASE("the page's own requests are answered as the page says") {
  Cameras cameras;
  Host host({cameras.port()});
  checkDocument(host, cameras.url(1), [](int status) { return status; });
  checkAllListed(host);
  CHECK(host.get("/stream/get-stream-info").body == streamInfo(true));
  CHECK(request(host.port(), "GET", "/api/v1/stream/get-stream-info", "{}").body ==
        streamInfo(true));
  checkQuit(host);
}

TEST_CASE("exactly 7.1 with always-200 answers the page's requests as NVIDIA's server") {
  Cameras cameras;
  Host host({cameras.port()}, {"--profile", "7.1", "--wire-status", "always-200"});
  checkDocument(host, cameras.url(1), [](int) { return 200; });
  checkAllListed(host);
  CHECK(host.get("/stream/get-stream-info").body == streamInfo(false));
  checkQuit(host);
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("deepstream");

TEST_CASE("the page's own requests are answered so on DeepStream's elements, too") {
  const std::string file = writeFile("config", "");
  const std::vector<std::string> environment{"GST_PLUGIN_PATH=" + stubFolder(),
                                             "GST_REGISTRY=" + scratch() + "/document-registry"};
  Cameras cameras;
  Host whole({cameras.port()},
             {"--max-sources", "1", "--backend", "deepstream", "--preprocess-config", file,
              "--infer-config", file, "--tracker-config", file, "--nvdsanalytics-config", file},
             environment);
  checkDocument(whole, cameras.url(1), [](int status) { return status; });
  checkAllListed(whole);
  CHECK(whole.get("/stream/get-stream-info").body == streamInfo(true));
  checkQuit(whole);
  // Without files: what has no element is refused, each with the page's own reason.
  Host bare({cameras.port()}, {"--max-sources", "1", "--backend", "deepstream"}, environment);
  checkDocument(bare, cameras.url(1), [](int status) { return status; });
  CHECK_FALSE(controlsOf(bare).contains("roi"));
  checkQuit(bare);
}

TEST_SUITE_END();
