// Every setting of DeepStream's REST API, by the letters of its document: what is asked of the
// backend, and each reason for which it is not.
#include "noting-control.h"

#include <doctest/doctest.h>
#include <json/reader.h>

#include <sstream>

using namespace test;

namespace {

struct Row {
  std::string path;
  std::string field;
  // JSON; what the backend is told of it; JSON that is refused, and the reason.
  std::string value;
  std::string note;
  std::string badValue;
  std::string badReason;
  std::string success;
  std::string unknownSource;
  std::string refused;
};

const std::vector<Row> streamRows{
    {"/dec/drop-frame-interval", "drop_frame_interval", "30", "drop-frame-interval 30", "31",
     "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop_frame_interval value not parsed correctly, Range: 0 - "
     "30",
     "DROP_FRAME_INTERVAL_UPDATE_SUCCESS",
     "DROP_FRAME_INTERVAL_UPDATE_FAIL, drop-frame-interval not set on decoder",
     "DROP_FRAME_INTERVAL_UPDATE_FAIL, Error while setting drop-frame-interval property"},
    {"/dec/skip-frames", "skip_frames", "2", "skip-frames 2", "3",
     "SKIP_FRAMES_UPDATE_FAIL, skip_frames value not parsed correctly, Range: 0-2",
     "SKIP_FRAMES_UPDATE_SUCCESS", "SKIP_FRAMES_UPDATE_FAIL, skip-frame not set on decoder",
     "SKIP_FRAMES_UPDATE_FAIL, Error while setting skip-frame property"},
    {"/dec/low-latency-mode", "low_latency_mode", "true", "low-latency-mode on", "null",
     "LOW_LATENCY_MODE_UPDATE_FAIL, low_latency_mode value not parsed correctly",
     "LOW_LATENCY_MODE_UPDATE_SUCCESS",
     "LOW_LATENCY_MODE_UPDATE_FAIL, low-latency-mode not set on decoder",
     "LOW_LATENCY_MODE_UPDATE_FAIL, Error while setting skip-frame property"},
    {"/infer/set-interval", "interval", "32", "infer interval 32", "33",
     "INFER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. Range: 0 "
     "- 32 ",
     "INFER_INTERVAL_UPDATE_SUCCESS",
     "INFER_INTERVAL_UPDATE_FAIL, Unable to find stream id for infer property updation",
     "INFER_INTERVAL_UPDATE_FAIL, nv-infer-interval-update event not pushed"},
    {"/inferserver/set-interval", "interval", "2147483647", "infer interval 2147483647",
     "2147483648",
     "INFERSERVER_INTERVAL_UPDATE_FAIL, interval value not parsed correctly, Unsigned Integer. "
     "Range: 0 - 2147483647 ",
     "INFERSERVER_INTERVAL_UPDATE_SUCCESS",
     "INFERSERVER_INTERVAL_UPDATE_FAIL, Unable to find stream id for infer (inferserver) property "
     "updation",
     "INFERSERVER_INTERVAL_UPDATE_FAIL, nv-infer-interval-update event not pushed"},
    {"/enc/bitrate", "bitrate", "4294967295", "bitrate 4294967295", "0",
     "BITRATE_UPDATE_FAIL, bitrate value not parsed correctly", "BITRATE_UPDATE_SUCCESS",
     "BITRATE_UPDATE_FAIL, Not able to find source id",
     "BITRATE_UPDATE_FAIL, nv-enc-bitrate-update event not pushed"},
    {"/enc/force-idr", "force_idr", "1", "idr", "0", "FORCE_IDR_UPDATE_FAIL, force_idr must be 1",
     "FORCE_IDR_UPDATE_SUCCESS", "FORCE_IDR_UPDATE_FAIL, Not able to find source id",
     "FORCE_IDR_UPDATE_FAIL, nv-enc-force-idr event not pushed"},
    {"/enc/force-intra", "force_intra", "true", "intra", "false",
     "FORCE_INTRA_UPDATE_FAIL, force_intra must be 1", "FORCE_INTRA_UPDATE_SUCCESS",
     "FORCE_INTRA_UPDATE_FAIL, Not able to find source id",
     "FORCE_INTRA_UPDATE_FAIL, nv-enc-force-intra event not pushed"},
    {"/enc/iframe-interval", "iframeinterval", "256", "iframe-interval 256", "257",
     "IFRAME_INTERVAL_UPDATE_FAIL, iframeinterval value not parsed correctly, Unsigned Integer "
     "Range: 0 - 4294967295",
     "IFRAME_INTERVAL_UPDATE_SUCCESS", "IFRAME_INTERVAL_UPDATE_FAIL, Not able to find source id",
     "IFRAME_INTERVAL_UPDATE_FAIL, nv-enc-iframeinterval-update event not pushed"},
    {"/conv/srccrop", "src_crop", "\"200:100:400:500\"", "srccrop 200:100:400:500",
     "\"200:100:400\"",
     "src_crop value not parsed correctly,  Use string with values of crop location to set the "
     "property. e.g. 20:20:40:50",
     "SRC_CROP_UPDATE_SUCCESS", "SRC_CROP_UPDATE_FAIL, source-crop update failed",
     "SRC_CROP_UPDATE_FAIL, source-crop update failed"},
    {"/conv/destcrop", "dest_crop", "\"0:0:0:0\"", "destcrop 0:0:0:0", "\"a:b:c:d\"",
     "dest_crop value not parsed correctly, Use string with values of crop location to set the "
     "property. e.g. 20:20:40:50",
     "DEST_CROP_UPDATE_SUCCESS", "DEST_CROP_UPDATE_FAIL, dest-crop update failed",
     "DEST_CROP_UPDATE_FAIL, dest-crop update failed"},
    {"/conv/flip-method", "flip_method", "7", "flip-method 7", "8",
     "flip_method value not parsed correctly, Enum value range 0-7", "FLIP_METHOD_UPDATE_SUCCESS",
     "FLIP_METHOD_UPDATE_FAIL, flip-method update failed",
     "FLIP_METHOD_UPDATE_FAIL, flip-method update failed"},
    {"/conv/interpolation-method", "interpolation_method", "6", "interpolation-method 6", "7",
     "interpolation_method value not parsed correctly, Enum value range 0-6",
     "INTERPOLATION_METHOD_UPDATE_SUCCESS",
     "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed",
     "INTERPOLATION_METHOD_UPDATE_FAIL, interpolation-method update failed"},
    {"/osd/process-mode", "process_mode", "1", "osd process-mode gpu", "2",
     "PROCESS_MODE_UPDATE_FAIL, process_mode value not parsed correctly, Range: 0 - 1",
     "PROCESS_MODE_UPDATE_SUCCESS",
     "PROCESS_MODE_UPDATE_FAIL, Unable to find stream id for osd property updation",
     "PROCESS_MODE_UPDATE_FAIL, nv-osd-process-mode-update event not pushed"},
    {"/nvtracker/config-path", "config_path", "\"/etc/t.yml\"", "tracker configuration /etc/t.yml",
     "\"\"", "NVTRACKER_CONFIG_UPDATE_FAIL, config_path value not parsed correctly",
     "NVTRACKER_CONFIG_UPDATE_SUCCESS",
     "NVTRACKER_CONFIG_UPDATE_FAIL, Unable to find stream id for nvTracker property updation",
     "NVTRACKER_CONFIG_UPDATE_FAIL, nv-tracker-config-update event not pushed"},
    {"/roi/update", R"(roi_count":1,"roi)",
     R"([{"roi_id":"0","left":1,"top":2,"width":3,"height":4}])", "1 regions of interest", "[]",
     "ROI_UPDATE_FAIL, roi is empty", "ROI_UPDATE_SUCCESS",
     "ROI_UPDATE_FAIL, Unable to find stream id for ROI updation",
     "ROI_UPDATE_FAIL, nv-roi-update event not pushed"},
};

const std::vector<Row> hostRows{
    {"/mux/batched-push-timeout", "batched_push_timeout", "-1", "host setting 0", "-2",
     "BATCHED_PUSH_TIMEOUT_UPDATE_FAIL, batched_push_timeout value not parsed correctly,  Range: "
     "-1 - 2147483647",
     "BATCHED_PUSH_TIMEOUT_UPDATE_SUCCESS", "",
     "BATCHED_PUSH_TIMEOUT_UPDATE_FAIL, batched-push-timeout value not updated"},
    {"/mux/max-latency", "max_latency", "4294967295", "host setting 1", "null",
     "MAX_LATENCY_UPDATE_FAIL, max_latency value not parsed correctly",
     "MAX_LATENCY_UPDATE_SUCCESS", "",
     "MAX_LATENCY_UPDATE_FAIL, MAX_LATENCY_UPDATE_FAIL, max-latency value not updated"},
    {"/analytics/reload-config", "config_file_path", "\"/etc/a.txt\"", "host setting 2", "\"\"",
     "RELOAD_CONFIG_UPDATE_FAIL, config_file_path value not parsed correctly",
     "RELOAD_CONFIG_UPDATE_SUCCESS", "",
     "RELOAD_CONFIG_UPDATE_FAIL, analytics-config-update event not pushed"},
};

std::vector<Row> allRows() {
  std::vector<Row> rows = streamRows;
  rows.insert(rows.end(), hostRows.begin(), hostRows.end());
  return rows;
}

std::string prefixOf(const Row& row) {
  return row.success.substr(0, row.success.size() - std::string("_SUCCESS").size());
}

std::string body(const Row& row, const std::string& value, const std::string& streamId = "\"3\"") {
  const std::string id =
      row.unknownSource.empty() || streamId.empty() ? "" : "\"stream_id\":" + streamId + ",";
  return "{\"stream\":{" + id + "\"" + row.field + "\":" + value + "}}";
}

Json::Value json(const sightline::http::Response& response) {
  Json::Value value;
  std::istringstream(response.body) >> value;
  return value;
}

std::string reasonOf(const sightline::http::Response& response) {
  CHECK(json(response)["status"].asString().starts_with("HTTP/1.1 " +
                                                        std::to_string(response.status) + " "));
  return json(response)["reason"].asString();
}

} // namespace

TEST_CASE("every setting reaches the backend as what it is") {
  NotingHost host;
  for (const Row& row : allRows()) {
    CAPTURE(row.path);
    const auto response = host.post(row.path, body(row, row.value));
    CHECK(response.status == 200);
    CHECK(reasonOf(response) == row.success);
    REQUIRE_FALSE(host.control.notes.empty());
    CHECK(host.control.notes.back() == row.note);
    host.control.notes.clear();
  }
}

TEST_CASE("a value that is missing, null or out of range is 400 with the documented reason") {
  NotingHost host;
  for (const Row& row : allRows()) {
    CAPTURE(row.path);
    for (const std::string& sent :
         {body(row, row.badValue), body(row, "null"),
          std::string(R"({"stream":{"stream_id":"3","roi_count":1,"misspelt":1}})")}) {
      CAPTURE(sent);
      const auto response = host.post(row.path, sent);
      CHECK(response.status == 400);
      CHECK(reasonOf(response) == row.badReason);
    }
  }
  CHECK(host.control.notes.empty());
}

TEST_CASE("what makes DeepStream abort, or succeed with a default, is 400") {
  NotingHost host;
  for (const std::string& sent :
       std::vector<std::string>{"", "{", "{}", "[]", "[1]", "7", "null", R"({"stream":7})",
                                R"({"stream":[1]})", std::string(100'000, '['), "\xff\xfe"}) {
    CAPTURE(sent.substr(0, 40));
    for (const Row& row : streamRows) {
      CAPTURE(row.path);
      const auto response = host.post(row.path, sent);
      CHECK(response.status == 400);
      CHECK(reasonOf(response) == prefixOf(row) + "_FAIL, stream_id value not parsed correctly");
    }
    for (const Row& row : hostRows) {
      CAPTURE(row.path);
      CHECK(reasonOf(host.post(row.path, sent)) == row.badReason);
    }
    CHECK(reasonOf(host.post("/app/quit", sent)) == "QUIT_FAIL, app_quit must be 1");
  }
  CHECK(host.control.notes.empty());
  CHECK_FALSE(host.hasQuit);
}

TEST_CASE("a stream_id that is no whole number is 400, and DeepStream's abort") {
  NotingHost host;
  for (const Row& row : streamRows) {
    CAPTURE(row.path);
    for (const char* id : {"", "\"\"", "\"gate\"", "\"3x\"", "\"0x3\"", "\" 3\"", "\"99999999999\"",
                           "99999999999", "{}", "[3]", "true", "null", "3.5", "\"3\\u0000\""}) {
      CAPTURE(id);
      CHECK(reasonOf(host.post(row.path, body(row, row.value, id))) ==
            prefixOf(row) + "_FAIL, stream_id value not parsed correctly");
    }
    CHECK(reasonOf(host.post(row.path, body(row, row.value, "3"))) == row.success);
  }
}

TEST_CASE("an unknown stream and what the backend cannot do are 500 with the documented reason") {
  NotingHost host;
  host.control.isAble = false;
  for (const Row& row : allRows()) {
    CAPTURE(row.path);
    CHECK(reasonOf(host.post(row.path, body(row, row.value))) == row.refused);
    if (!row.unknownSource.empty()) {
      const auto response = host.post(row.path, body(row, row.value, "\"4\""));
      CHECK(response.status == 500);
      CHECK(reasonOf(response) == row.unknownSource);
    }
  }
}

TEST_CASE("a value of a wrong type is 400 with jsoncpp's words") {
  NotingHost host;
  for (const Row& row : allRows()) {
    CAPTURE(row.path);
    for (const char* value : {"{}", "{\"a\":1}"}) {
      CAPTURE(value);
      const auto response = host.post(row.path, body(row, value));
      CHECK(response.status == 400);
      CHECK(reasonOf(response).starts_with(prefixOf(row) + "_FAIL, error: "));
    }
  }
  const Row& interval = streamRows.front();
  const std::string error = "DROP_FRAME_INTERVAL_UPDATE_FAIL, error: ";
  CHECK(reasonOf(host.post(interval.path, body(interval, "\"3\""))) ==
        error + "Value is not convertible to UInt.");
  CHECK(reasonOf(host.post(interval.path, body(interval, "-1"))) ==
        error + "LargestInt out of UInt range");
  CHECK(
      reasonOf(host.post("/enc/bitrate", R"({"stream":{"stream_id":"3","bitrate":4294967296}})")) ==
      "BITRATE_UPDATE_FAIL, error: LargestInt out of UInt range");
  CHECK(reasonOf(host.post("/app/quit", R"({"stream":{"app_quit":"1"}})")) ==
        "QUIT_FAIL, error: Value is not convertible to bool.");
  CHECK(host.control.notes.empty());
}

TEST_CASE("any root name, comments, booleans and cut-off numbers are taken as DeepStream does") {
  NotingHost host;
  const auto noted = [&](const std::string& sent) {
    host.control.notes.clear();
    CHECK(host.post("/dec/drop-frame-interval", sent).status == 200);
    return host.control.notes.empty() ? "" : host.control.notes.back();
  };
  CHECK(noted(R"({"x":{"stream_id":3,"drop_frame_interval":5.9}})") == "drop-frame-interval 5");
  CHECK(noted(R"({"x":{"stream_id":"3","drop_frame_interval":true}} // end)") ==
        "drop-frame-interval 1");
  CHECK(noted(R"({"b":{"stream_id":"3","drop_frame_interval":7},"a":{"stream_id":"9"}} behind)") ==
        "drop-frame-interval 7");
}

TEST_CASE("a crop is four whole numbers and nothing else") {
  NotingHost host;
  for (const char* crop : {"",
                           ":",
                           ":::",
                           "1:2:3",
                           "1:2:3:",
                           "1:2:3:4:",
                           "1:2:3:4:5",
                           " 1:2:3:4",
                           "1:2:3:4 ",
                           "1:2:3:-4",
                           "+1:2:3:4",
                           "1:2:3:4x",
                           "0x1:2:3:4",
                           "1.0:2:3:4",
                           "1,2,3,4",
                           "1::3:4",
                           "1:2:0:4",
                           "1:2:3:0",
                           "1:2:0:0",
                           "4294967296:2:3:4",
                           "1:2:3:99999999999999999999"}) {
    CAPTURE(crop);
    for (const std::string name : {"src", "dest"}) {
      const auto response =
          host.post("/conv/" + name + "crop",
                    R"({"stream":{"stream_id":"3",")" + name + R"(_crop":")" + crop + "\"}}");
      CHECK(response.status == 400);
      CHECK(reasonOf(response).starts_with(name + "_crop value not parsed correctly, "));
    }
  }
  CHECK(host.control.notes.empty());
}

TEST_CASE("regions are all taken, or none of them") {
  NotingHost host;
  const auto reason = [&](const std::string& fields) {
    return reasonOf(host.post("/roi/update", R"({"stream":{"stream_id":"3",)" + fields + "}}"));
  };
  const std::string roi = R"({"roi_id":"a","left":0,"top":0,"width":1,"height":1})";
  const std::string error = "ROI_UPDATE_FAIL, error: ";
  CHECK(reason(R"("roi":[)" + roi + "]") == "ROI_UPDATE_FAIL, roi id is 0");
  CHECK(reason(R"("roi_count":0,"roi":[])") == "ROI_UPDATE_FAIL, roi id is 0");
  CHECK(reason(R"("roi_count":1)") == "ROI_UPDATE_FAIL, roi is empty");
  // DeepStream reads what is behind the end of the array.
  CHECK(reason(R"("roi_count":2,"roi":[)" + roi + "]") ==
        error + "roi_count is not the number of entries in roi");
  CHECK(reason(R"("roi_count":1,"roi":[)" + roi + "," + roi + "]") ==
        error + "roi_count is not the number of entries in roi");
  CHECK(reason(R"("roi_count":1,"roi":[7])") == error + "roi holds something else than objects");
  CHECK(reason(R"("roi_count":1,"roi":[{"left":0,"top":0,"width":1}])") ==
        error + "roi has no height");
  CHECK(reason(R"("roi_count":1,"roi":[{"left":0,"top":0,"width":0,"height":1}])") ==
        error + "roi has no area");
  CHECK(reason(R"("roi_count":1,"roi":[{"left":-1,"top":0,"width":1,"height":1}])") ==
        error + "LargestInt out of UInt range");
  for (const std::string id : {"", R"("roi_id":"",)", R"("roi_id":null,)"}) {
    CHECK(reason(R"("roi_count":1,"roi":[{)" + id + R"("left":0,"top":0,"width":1,"height":1}])") ==
          error + "roi has no roi_id");
  }
  CHECK(reason(R"("roi_count":1,"roi":[{"roi_id":")" + std::string(128, 'x') +
               R"(","left":0,"top":0,"width":1,"height":1}])") == error + "roi_id is too long");
  std::string many = roi;
  for (int more = 1; more < 65; ++more) {
    many += "," + roi;
  }
  CHECK(reason(R"("roi_count":65,"roi":[)" + many + "]") == error + "too many entries in roi");
  CHECK(host.control.notes.empty());
}

TEST_CASE("detectors are set on the camera that is named, whichever stream has its number") {
  NotingHost host;
  host.control.listed = {"gone", "", 3};
  const auto put = [&](const std::string& cameraId) {
    const auto match =
        findEndpoint(host.table, "PUT", "/api/v1/sightline/streams/" + cameraId + "/detectors");
    sightline::http::Request request;
    request.segment = match->segment;
    request.body = R"({"detectors":[]})";
    return match->endpoint->handle(request).status;
  };
  CHECK(put("gone") == 404);
  CHECK(host.control.notes.empty());
  CHECK(put("gate%20%221%22") == 200);
  CHECK(host.control.notes.size() == 1);
}

TEST_CASE("a stream is taken out by its id alone, and a second time there is none") {
  NotingHost host;
  const std::string path = "/api/v1/sightline/streams/gate%20%221%22";
  CHECK(host.ask("DELETE", path).status == 204);
  CHECK(host.control.notes == std::vector<std::string>{"removed by req-1"});
  const auto other = host.ask("DELETE", "/api/v1/sightline/streams/gate");
  CHECK(other.status == 404);
  CHECK(json(other)["code"] == "stream.not-found");
  for (const char* method : {"GET", "PUT", "POST"}) {
    CHECK(host.ask(method, path).status == 405);
  }
  CHECK(host.ask("DELETE", "/api/v1/sightline/streams/").status == 404);
  CHECK(host.ask("DELETE", "/api/v1/sightline/streams").status == 405);
  CHECK(host.control.notes.size() == 1);
}

TEST_CASE("what a backend cannot tell of all streams is not shown") {
  NotingHost host;
  const auto listing = [&host] { return json(host.get("/api/v1/sightline/streams")); };
  CHECK_FALSE(listing().isMember("shared"));
  host.control.all = sightline::SharedSettings{{-1}, {4294967295}};
  CHECK(listing()["shared"]["batchedPushTimeout"] == -1);
  CHECK(listing()["shared"]["maxLatency"] == 4294967295);
}

TEST_CASE("the host quits when it is told to, and by nothing else") {
  NotingHost host;
  CHECK(reasonOf(host.post("/app/quit", R"({"stream":{"app_quit":0}})")) ==
        "QUIT_FAIL, app_quit must be 1");
  CHECK_FALSE(host.hasQuit);
  CHECK(reasonOf(host.post("/app/quit", R"({"stream":{"app_quit":1}})")) == "QUIT_SUCCESS");
  CHECK(host.hasQuit);
}
