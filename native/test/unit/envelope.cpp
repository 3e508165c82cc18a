#include "http/envelope.h"

#include <doctest/doctest.h>

#include <utility>
#include <vector>

using namespace sightline::http;

namespace {

constexpr auto unknownChange = "Sensor API change string not supported";

template <class Good>
std::string reason(const std::variant<Good, BadEnvelope>& parsed) {
  const auto* bad = std::get_if<BadEnvelope>(&parsed);
  return bad != nullptr ? bad->reason : "ok";
}

std::string changeReason(const std::string& body) {
  return reason(parseStreamChange(body));
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

TEST_CASE("DeepStream's application knows no streaming cameras") {
  const auto kindOf = [](const std::string& change) {
    return reason(parseStreamChange(R"({"event":{"camera_id":"a","camera_url":"u","change":")" +
                                        change + "\"}}",
                                    {{}, WireStatus::body, false}));
  };
  CHECK(kindOf("camera_streaming") == unknownChange);
  CHECK(kindOf("camera_add") == "ok");
  CHECK(kindOf("camera_remove") == "ok");
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
  const auto sized = [](std::size_t url, std::size_t id, std::size_t name) {
    return changeReason(R"({"value":{"change":"add","camera_url":")" + std::string(url, 'u') +
                        R"(","camera_id":")" + std::string(id, 'i') + R"(","camera_name":")" +
                        std::string(name, 'n') + "\"}}");
  };
  CHECK(sized(4096, 512, 512) == "ok");
  CHECK(sized(4097, 513, 513) == "STREAM_ADD_FAIL, Source url too long");
  CHECK(sized(4096, 513, 513) == "STREAM_ADD_FAIL, Source id too long");
  CHECK(sized(4096, 512, 513) == "STREAM_ADD_FAIL, Source name too long");
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

TEST_CASE("an answer has DeepStream's layout and the same status on the wire") {
  const Response response = answer(500, "X_FAIL");
  CHECK(response.status == 500);
  CHECK(response.body ==
        "{\n\t\"reason\" : \"X_FAIL\",\n\t\"status\" : \"HTTP/1.1 500 Internal Server Error\"\n}");
}
