#include "http/envelope.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace sightline::http;

namespace {

constexpr auto unknownChange = "Sensor API change string not supported";
const UnsignedField interval{"DROP_FRAME_INTERVAL_UPDATE", "drop_frame_interval", 30,
                             "drop_frame_interval value not parsed correctly, Range: 0 - 30"};
const FlagField idr{"FORCE_IDR_UPDATE", "force_idr", "force_idr value not parsed correctly"};
const std::string prefix = "DROP_FRAME_INTERVAL_UPDATE_FAIL, ";

template <class Good>
std::string reason(const std::variant<Good, BadEnvelope>& parsed) {
  const auto* bad = std::get_if<BadEnvelope>(&parsed);
  return bad != nullptr ? bad->reason : "ok";
}

std::string changeReason(const std::string& body) {
  return reason(parseStreamChange(body));
}
std::string intervalReason(const std::string& body) {
  return reason(parseUnsigned(body, interval));
}

std::string nested(int depth) {
  return std::string(static_cast<std::size_t>(depth), '[');
}

} // namespace

TEST_CASE("stream changes are read from value and event") {
  const auto parsed = parseStreamChange(
      R"({"key":"sensor","value":{"camera_id":7,"camera_name":"door","camera_url":"rtsp://c","change":"camera_add",
          "metadata":{"codec":"h264","framerate":30}},"headers":{"source":"vst"}} trailing)");
  REQUIRE(reason(parsed) == "ok");
  const auto& change = std::get<StreamChange>(parsed);
  CHECK(change.kind == StreamChange::Kind::add);
  CHECK(change.cameraId == "7");
  CHECK(change.cameraName == "door");
  const auto kind = [](const std::string& body) {
    return std::get<StreamChange>(parseStreamChange(body)).kind;
  };
  CHECK(kind(R"({"event":{"camera_id":"a","camera_url":"u","change":"camera_streaming"}})") ==
        StreamChange::Kind::add);
  CHECK(kind(R"({"value":{"camera_id":"a","camera_url":"u","change":"camera_remove"}})") ==
        StreamChange::Kind::remove);
  const auto both = parseStreamChange(
      R"({"event":{"camera_id":"e","camera_url":"u","change":"add"},"value":{"camera_id":"v","camera_url":"u","change":"add"}})");
  CHECK(std::get<StreamChange>(both).cameraId == "v");
}

TEST_CASE("bad stream changes get the documented reasons") {
  for (const std::string& body : std::vector<std::string>{
           "", "{", "{}", "[]", "1", "\"x\"", "null",
           R"({"camera_id":"a","camera_url":"u","change":"add"})", R"({"value":"x"})",
           R"({"value":{"camera_id":"a","camera_url":"u","change":"ADD"}})",
           R"({"value":{"camera_id":"a","camera_url":"u"}})", nested(100000),
           R"({"value":)" + nested(100)}) {
    CAPTURE(body.substr(0, 60));
    CHECK(changeReason(body) == unknownChange);
  }
  CHECK(changeReason(R"({"value":{"camera_id":"a","change":"add"}})") ==
        "STREAM_ADD_FAIL, Source url empty");
  CHECK(changeReason(R"({"value":{"camera_url":"u","change":"add"}})") ==
        "STREAM_ADD_FAIL, Source id empty");
  CHECK(changeReason(R"({"value":{"camera_id":"a","change":"remove"}})") ==
        "STREAM_REMOVE_FAIL, Source url empty");
  CHECK(changeReason(R"({"value":{"camera_url":"u","change":"camera_streaming"}})") ==
        "STREAM_REMOVE_FAIL, Source id empty");
  for (const char* body :
       {"[1]", R"({"value":[1]})", R"({"value":{"camera_id":{},"camera_url":"u","change":"add"}})",
        R"({"value":{"camera_id":"a","camera_url":["u"],"change":"add"}})",
        R"({"value":{"camera_id":"a","camera_url":"u","change":"add","metadata":[1]}})",
        R"({"value":{"camera_id":"a","camera_url":"u","change":"add","metadata":{"x":{}}}})",
        R"({"headers":7,"value":{"camera_id":"a","camera_url":"u","change":"add"}})"}) {
    CAPTURE(body);
    CHECK(changeReason(body).starts_with("STREAM ADD/REMOVE_FAIL, error: "));
  }
}

TEST_CASE("a stream value takes any root name and the number in both forms") {
  for (const char* body :
       {R"({"stream":{"stream_id":"3","drop_frame_interval":5}})",
        R"({"x":{"stream_id":3,"drop_frame_interval":5.9}})",
        R"({"a":{"stream_id":1},"b":{"stream_id":3,"drop_frame_interval":5}} // end)"}) {
    const auto parsed = parseUnsigned(body, interval);
    REQUIRE(reason(parsed) == "ok");
    CHECK(std::get<StreamValue<unsigned>>(parsed).sourceId == 3);
    CHECK(std::get<StreamValue<unsigned>>(parsed).value == 5);
  }
}

TEST_CASE("what makes DeepStream abort is answered") {
  const std::string badId = prefix + "stream_id value not parsed correctly";
  for (const std::string& body : std::vector<std::string>{
           "", "{", "{}", "[]", "[1]", "7", R"({"stream":7})", R"({"stream":[1]})",
           R"({"stream":{"drop_frame_interval":1}})",
           R"({"stream":{"stream_id":"","drop_frame_interval":1}})",
           R"({"stream":{"stream_id":"cam","drop_frame_interval":1}})",
           R"({"stream":{"stream_id":"0x","drop_frame_interval":1}})",
           R"({"stream":{"stream_id":"99999999999","drop_frame_interval":1}})",
           R"({"stream":{"stream_id":99999999999,"drop_frame_interval":1}})",
           R"({"stream":{"stream_id":{},"drop_frame_interval":1}})",
           R"({"stream":{"stream_id":true,"drop_frame_interval":1}})",
           R"({"stream":{"stream_id":null,"drop_frame_interval":1}})", nested(100000)}) {
    CAPTURE(body.substr(0, 60));
    CHECK(intervalReason(body) == badId);
  }
}

TEST_CASE("a value out of range, missing or of a wrong type is refused") {
  const auto with = [](const std::string& value) {
    return intervalReason(R"({"stream":{"stream_id":"0","drop_frame_interval":)" + value + "}}");
  };
  const std::string range = prefix + interval.rangeText;
  CHECK(with("30") == "ok");
  CHECK(with("31") == range);
  CHECK(with("null") == range);
  CHECK(intervalReason(R"({"stream":{"stream_id":"0","drop_interval":3}})") == range);
  CHECK(with("\"3\"") == prefix + "error: Value is not convertible to UInt.");
  CHECK(with("-1") == prefix + "error: LargestInt out of UInt range");
  CHECK(with("[]").starts_with(prefix + "error: "));
  CHECK(with("1e99").starts_with(prefix + "error: "));
}

TEST_CASE("flags take booleans and numbers") {
  const auto with = [](const std::string& value) {
    return reason(parseFlag(R"({"stream":{"stream_id":0,"force_idr":)" + value + "}}", idr));
  };
  CHECK(with("1") == "ok");
  CHECK(with("true") == "ok");
  CHECK(with("\"1\"").starts_with("FORCE_IDR_UPDATE_FAIL, error: "));
  CHECK(reason(parseFlag(R"({"stream":{"stream_id":0}})", idr)) ==
        "FORCE_IDR_UPDATE_FAIL, force_idr value not parsed correctly");
  CHECK(reason(parseFlag("", idr)) ==
        "FORCE_IDR_UPDATE_FAIL, stream_id value not parsed correctly");
  const FlagField quit{"QUIT", "app_quit", "app_quit must be 1"};
  CHECK(reason(parseDeviceFlag(R"({"stream":{"app_quit":1}})", quit)) == "ok");
  CHECK(reason(parseDeviceFlag("", quit)) == "QUIT_FAIL, app_quit must be 1");
}

TEST_CASE("an answer has DeepStream's layout and the same status on the wire") {
  const Response response = answer(500, "X_FAIL");
  CHECK(response.status == 500);
  CHECK(response.body ==
        "{\n\t\"reason\" : \"X_FAIL\",\n\t\"status\" : \"HTTP/1.1 500 Internal Server Error\"\n}");
}
