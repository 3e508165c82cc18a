// How answers look on the wire: NVIDIA's way on request, and for web pages that are allowed.
#include "support/rig.h"

#include <doctest/doctest.h>

using namespace test;

TEST_SUITE_BEGIN("http");

namespace {

const std::string page = "http://box.example:8080";
constexpr auto failedAdd = R"({"value":{"camera_id":"a","change":"camera_add"}})";
const std::string nvidiaHead = "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\n"
                               "Content-Type: text/plain\r\nContent-Length: ";

// The whole answer, byte for byte.
std::string raw(const Host& host, const std::string& method, const std::string& path,
                const std::string& body = "") {
  Connection connection(host.port());
  connection.send(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Length: " +
                  std::to_string(body.size()) + "\r\n\r\n" + body);
  return connection.readAll();
}

std::string nvidiaAnswer(const std::string& body) {
  return nvidiaHead + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n" + body;
}

std::string envelope(const std::string& reason, const std::string& status) {
  return "{\n\t\"reason\" : \"" + reason + "\",\n\t\"status\" : \"HTTP/1.1 " + status + "\"\n}";
}

} // namespace

TEST_CASE("with always-200 answers are NVIDIA's, byte for byte") {
  Host host({}, {"--wire-status", "always-200"});
  CHECK(raw(host, "POST", "/api/v1/stream/add", failedAdd) ==
        nvidiaAnswer(envelope("STREAM_ADD_FAIL, Source url empty", "400 Bad Request")));
  CHECK(raw(host, "POST", "/api/v1/dec/skip-frames",
            R"({"stream":{"stream_id":"0","skip_frames":0}})") ==
        nvidiaAnswer(envelope("SKIP_FRAMES_UPDATE_FAIL, skip-frame not set on decoder",
                              "500 Internal Server Error")));
  CHECK(raw(host, "GET", "/version") ==
        nvidiaAnswer("{\n\t\"version\" : \"DeepStream-SDK 7.1 - REST API Version v1\"\n}"));
  for (const char* method : {"GET", "PUT", "DELETE"}) {
    CHECK(raw(host, method, "/api/v1/app/quit") == nvidiaAnswer("null"));
  }
  CHECK(raw(host, "POST", "/api/v1/stream/get-stream-info") == nvidiaAnswer("null"));
  CHECK(raw(host, "POST", "/api/v1/generate_text_embeddings", "{}")
            .starts_with("HTTP/1.1 501 Not Implemented\r\nAccess-Control-Allow-Origin: *\r\n"));
  const std::string head =
      "Cache-Control: no-cache, no-store, must-revalidate, private, max-age=0\r\n"
      "Expires: 0\r\nPragma: no-cache\r\nContent-Type: text/plain; charset=utf-8\r\nDate: ";
  for (const char* method : {"GET", "POST"}) {
    const std::string answer = raw(host, method, "/api/v2/app/quit");
    CHECK(answer.starts_with("HTTP/1.1 404 Not Found\r\n" + head));
    CHECK(answer.ends_with("\r\nConnection: close\r\n\r\nError 404: Not Found\nNot Found"));
  }
  const std::string patch = raw(host, "PATCH", "/api/v1/app/quit");
  CHECK(patch.starts_with("HTTP/1.1 405 Method Not Allowed\r\n" + head));
  CHECK(patch.ends_with("\r\n\r\nError 405: Method Not Allowed\nPATCH method not allowed"));
  CHECK(raw(host, "HEAD", "/version").starts_with("HTTP/1.1 404 Not Found\r\n" + head));
  CHECK(raw(host, "OPTIONS", "/version").starts_with("HTTP/1.1 404 Not Found\r\n" + head));
}

TEST_CASE("always-200 lets in no web page, and leaves the host's own routes alone") {
  Host host({}, {"--wire-status=always-200"});
  CHECK(request(host.port(), "GET", "/version", "", {{"Origin", page}}).status == 403);
  CHECK(request(host.port(), "GET", "/version", "", {{"Host", "evil.example"}}).status == 403);
  CHECK(request(host.port(), "GET", "/api/v1/sightline/about").status == 401);
  CHECK(host.get("/sightline/about").headers.at("content-type") == "application/json");
  CHECK(host.get("/sightline/nothing").status == 404);
}

TEST_CASE("with always-200 a preflight still names the page that is allowed, and no other") {
  Host host({}, {"--wire-status", "always-200", "--allow-origin", page});
  const HttpAnswer preflight =
      request(host.port(), "OPTIONS", "/api/v1/stream/add", "",
              {{"Origin", page}, {"Access-Control-Request-Method", "POST"}});
  CHECK(preflight.status == 200);
  CHECK(preflight.headers.at("access-control-allow-origin") == page);
  CHECK(preflight.headers.at("access-control-allow-methods") == "POST");
}

TEST_CASE("methods that DeepStream's server does not know are civetweb's business") {
  Host host({});
  for (const char* path : {"/version", "/api/v1/app/quit", "/nothing"}) {
    CAPTURE(path);
    CHECK(request(host.port(), "HEAD", path).status == 404);
    CHECK(request(host.port(), "HEAD", path).body.empty());
    CHECK(request(host.port(), "OPTIONS", path).status == 404);
    const HttpAnswer patch = request(host.port(), "PATCH", path);
    CHECK(patch.status == 405);
    CHECK(patch.body == "Error 405: Method Not Allowed\nPATCH method not allowed");
  }
  CHECK(request(host.port(), "POST", "/version").status == 200);
}

TEST_CASE("a web page that is allowed may ask, and read what is answered") {
  Host host({}, {"--allow-origin", page});
  const HttpAnswer preflight = request(host.port(), "OPTIONS", "/api/v1/stream/add", "",
                                       {{"Origin", page},
                                        {"Access-Control-Request-Method", "POST"},
                                        {"Access-Control-Request-Headers", "authorization"}});
  CHECK(preflight.status == 200);
  CHECK(preflight.headers.at("access-control-allow-origin") == page);
  CHECK(preflight.headers.at("access-control-allow-methods") == "POST");
  CHECK(preflight.headers.at("access-control-allow-headers") == "authorization");
  CHECK(preflight.headers.at("access-control-max-age") == "60");
  CHECK(preflight.headers.at("vary") == "Origin");
  const HttpAnswer answer =
      request(host.port(), "POST", "/api/v1/stream/add", failedAdd, {{"Origin", page}});
  CHECK(answer.status == 400);
  CHECK(answer.headers.at("access-control-allow-origin") == page);
  CHECK(request(host.port(), "GET", "/version", "", {{"Host", "box.example:9000"}}).status == 200);
  // Its token is still wanted where one was.
  CHECK(request(host.port(), "GET", "/api/v1/sightline/about", "", {{"Origin", page}}).status ==
        401);

  const HttpAnswer other =
      request(host.port(), "OPTIONS", "/api/v1/stream/add", "",
              {{"Origin", "http://evil.example"}, {"Access-Control-Request-Method", "POST"}});
  CHECK(other.status == 403);
  CHECK_FALSE(other.headers.contains("access-control-allow-origin"));
  CHECK(request(host.port(), "GET", "/version", "", {{"Origin", "null"}}).status == 403);
}

TEST_CASE("a bearer is wanted for everything beyond loopback") {
  Host host({}, {"--address", "0.0.0.0"});
  for (const char* path : {"/version", "/ready", "/api/v1/metrics", "/nothing"}) {
    CAPTURE(path);
    CHECK(request(host.port(), "GET", path).status == 401);
    CHECK(request(host.port(), "GET", path, "", {{"Authorization", std::string("Bearer ") + token}})
              .status == (std::string(path) == "/nothing" ? 404 : 200));
  }
  CHECK(host.post("/app/quit", R"({"stream":{"app_quit":1}})").status == 401);
}

TEST_CASE("options that are not understood end the host before it listens") {
  for (const auto& [option, value] :
       {std::pair("--profile", "7.2"), {"--wire-status", "always"}, {"--allow-origin", "evil"}}) {
    CAPTURE(option);
    Process process({pipelineBinary(), "--port", "0", "--rtsp-port", "0", option, value});
    CHECK(process.wait() == 1);
    CHECK(process.errors().find(option) != std::string::npos);
  }
}

TEST_SUITE_END();
