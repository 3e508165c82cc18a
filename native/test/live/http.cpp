// The HTTP surface: who may ask, in which form, and what is answered.
#include "support/rig.h"

#include <doctest/doctest.h>

#include <memory>

using namespace test;

TEST_SUITE_BEGIN("http");

namespace {

const std::string bearer = std::string("Bearer ") + token;
const std::string quitZero = R"({"stream":{"app_quit":0}})";

std::string reasonOf(const HttpAnswer& answer) {
  return parseJson(answer.body)["reason"].asString();
}

} // namespace

TEST_CASE("answers have DeepStream's form and the request's id") {
  Host host({});
  const HttpAnswer info = request(host.port(), "GET", "/api/v1/stream/get-stream-info?x=1", "",
                                  {{"X-Request-Id", "req-1"}});
  CHECK(info.status == 200);
  CHECK(info.headers.at("content-type") == "text/plain");
  CHECK(info.headers.at("connection") == "close");
  CHECK(info.headers.at("x-request-id") == "req-1");
  CHECK_FALSE(info.headers.contains("access-control-allow-origin"));
  CHECK(info.body ==
        "{\n\t\"reason\" : \"GET_LIVE_STREAM_INFO_SUCCESS\",\n\t\"status\" : \"HTTP/1.1 200 OK\",\n"
        "\t\"stream-info\" : \n\t{\n\t\t\"stream-count\" : 0,\n\t\t\"stream-info\" : []\n\t}\n}");
  const HttpAnswer forged = request(host.port(), "GET", "/version", "", {{"X-Request-Id", "a b"}});
  CHECK(forged.headers.at("x-request-id").starts_with("req_"));
  CHECK(parseJson(forged.body)["version"] == "DeepStream-SDK 7.1 - REST API Version v1");

  host.post(
      "/stream/add",
      R"({"value":{"camera_id":"c","camera_url":"rtsp://u:hidden@127.0.0.1:1/","change":"add"}})");
  request(
      host.port(), "POST", "/api/v1/stream/remove",
      R"({"value":{"camera_id":"c","camera_url":"rtsp://u:hidden@127.0.0.1:1/","change":"remove"}})",
      {{"X-Request-Id", "req-remove"}});
  const std::string log = host.process().errors();
  CHECK(log.find("stream c: removed (request req-remove)") != std::string::npos);
  CHECK(log.find("hidden") == std::string::npos);
}

TEST_CASE("web pages, foreign names and wrong tokens are refused") {
  Host host({});
  const int port = host.port();
  const auto status = [&](const std::string& path, const Headers& headers) {
    return request(port, "GET", path, "", headers).status;
  };
  const std::string about = "/api/v1/sightline/about";
  CHECK(status(about, {{"Authorization", bearer}}) == 200);
  CHECK(status(about, {}) == 401);
  CHECK(status(about, {{"Authorization", "Bearer wrong"}}) == 401);
  CHECK(status("/api/v1/sightline/nothing", {}) == 401);
  CHECK(status("/api/v1/sightline/nothing", {{"Authorization", bearer}}) == 404);
  CHECK(status(about, {{"Authorization", bearer}, {"Origin", "http://localhost"}}) == 403);
  CHECK(status("/version", {{"Origin", "null"}}) == 403);
  CHECK(status("/version", {{"Host", "evil.example"}}) == 403);
  CHECK(status("/version", {{"Host", "localhost:1"}}) == 200);
  const HttpAnswer preflight =
      request(port, "OPTIONS", "/api/v1/app/quit", "",
              {{"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "POST"}});
  CHECK(preflight.status == 403);
  CHECK_FALSE(preflight.headers.contains("access-control-allow-origin"));
  const Json::Value json = parseJson(host.get("/sightline/about").body);
  CHECK(json["name"] == "sightline-pipeline");
  CHECK(json["backend"] == "software");
  CHECK(json["rtspPort"] == host.rtspPort());
}

TEST_CASE("methods and paths match exactly") {
  Host host({});
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    CAPTURE(method);
    const HttpAnswer answer = request(host.port(), method, "/api/v1/stream/add");
    CHECK(answer.status == 405);
    CHECK(parseJson(answer.body)["status"] == "HTTP/1.1 405 Method Not Allowed");
  }
  CHECK(request(host.port(), "POST", "/api/v1/stream/get-stream-info", "{}").status == 405);
  for (const char* path :
       {"/", "/stream/add", "/api/v1/stream/add/", "/api/v2/stream/add", "/api/v1/Stream/add",
        "/api/v1//stream/add", "/api/v1/stream/../stream/add", "/%00", "/api/v1/stream/%61dd"}) {
    CAPTURE(path);
    const int status = request(host.port(), "POST", path, "{}").status;
    CHECK(status >= 400);
    CHECK(status <= 404);
  }
}

TEST_CASE("bodies of any form are answered and never end the host") {
  Host host({});
  const int port = host.port();
  const std::string post = "POST /api/v1/app/quit HTTP/1.1\r\nHost: localhost\r\n";
  const HttpAnswer chunked = exchange(
      port, post + "Transfer-Encoding: "
                   "chunked\r\n\r\nb\r\n{\"stream\":{\r\ne\r\n\"app_quit\":0}}\r\n0\r\n\r\n");
  CHECK(chunked.status == 400);
  CHECK(reasonOf(chunked) == "QUIT_FAIL, app_quit must be 1");
  const HttpAnswer chunkedString = exchange(
      port, post + "Transfer-Encoding: "
                   "chunked\r\n\r\n1a\r\n{\"stream\":{\"app_quit\":\"1\"}\r\n1\r\n}\r\n0\r\n\r\n");
  CHECK(reasonOf(chunkedString) == "QUIT_FAIL, error: Value is not convertible to bool.");
  CHECK(host.post("/app/quit", std::string(1024 * 1024 + 1, ' ')).status == 413);
  CHECK(host.post("/app/quit", std::string(100'000, '[')).status == 400);
  CHECK(host.post("/app/quit", quitZero + std::string(1000, '\0')).status == 400);
  for (const char* path :
       {"/stream/add", "/stream/remove", "/dec/drop-frame-interval", "/enc/force-idr"}) {
    for (const char* body :
         {"", "{", "[]", "[1]", "null", "{\"stream\":null}", "{\"stream\":[[[]]]}",
          "{\"value\":{}}", "{\"stream\":{\"stream_id\":{}}}", "\xff\xfe\x00",
          "{\"value\":{\"change\":1e999}}"}) {
      CAPTURE(path);
      CAPTURE(body);
      CHECK(host.post(path, body).status == 400);
    }
  }
  CHECK(exchange(port, "\x16\x03\x01 nonsense\r\n\r\n").status != 200);
  CHECK(host.get("/sightline/about").status == 200);
}

TEST_CASE("many event readers do not hold up other requests") {
  Host host({});
  std::vector<std::unique_ptr<Connection>> readers;
  const std::string open =
      "GET /api/v1/sightline/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: " +
      bearer + "\r\n\r\n";
  for (int reader = 0; reader < 16; ++reader) {
    readers.push_back(std::make_unique<Connection>(host.port()));
    readers.back()->send(open);
    CHECK(readers.back()->readUntil("\r\n\r\n").starts_with("HTTP/1.1 200"));
  }
  CHECK(exchange(host.port(), open).status == 503);
  CHECK(host.add("a", "rtsp://127.0.0.1:1/") == "STREAM_ADD_SUCCESS");
  for (const auto& reader : readers) {
    std::string line = "\n";
    while (line == "\n") {
      line = reader->readUntil("\n");
    }
    CHECK(parseJson(line)["kind"] == "added");
  }
  CHECK(host.get("/sightline/events?after=x").status == 400);
  readers.clear();
  CHECK(waitFor([&] {
    Connection again(host.port());
    again.send(open);
    return again.readUntil("\r\n\r\n").starts_with("HTTP/1.1 200");
  }));
}

TEST_SUITE_END();
