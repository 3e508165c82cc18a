// Requests that no client should send: each is answered or dropped, and nothing comes of it.
#include "pipeline/limits.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <memory>

using namespace test;
namespace limits = sightline::limits;

TEST_SUITE_BEGIN("bad-input");

namespace {

std::string repeated(const std::string& text, int times) {
  std::string result;
  for (int time = 0; time < times; ++time) {
    result += text;
  }
  return result;
}

std::string posted(const std::string& body, const std::string& headers = "") {
  return "POST /api/v1/stream/add HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n" + body;
}

std::string withLength(const std::string& body) {
  return posted(body, "Content-Length: " + std::to_string(body.size()) + "\r\n");
}

void checkUntouched(const Host& host) {
  const Json::Value info = parseJson(host.get("/stream/get-stream-info").body);
  CHECK(info["stream-info"]["stream-count"] == 0);
}

} // namespace

TEST_CASE("values of the wrong type, size or depth are 400 and change nothing") {
  Host host({});
  const std::vector<std::string> values{"null",
                                        "true",
                                        "-1",
                                        "1e999",
                                        "18446744073709551616",
                                        "\"\"",
                                        "[]",
                                        "{}",
                                        "[[]]",
                                        "\"\\u0000\"",
                                        "\"\\ud800\"",
                                        "\"" + std::string(100'000, 'x') + "\"",
                                        repeated("[", 1000) + repeated("]", 1000),
                                        repeated("{\"a\":", 40) + "1" + repeated("}", 40)};
  for (const std::string& value : values) {
    CAPTURE(value.substr(0, 40));
    for (const std::string name : {"camera_id", "camera_url"}) {
      const std::string other = name == "camera_id" ? "camera_url" : "camera_id";
      const bool text = value == "true" || value == "-1" || value.starts_with("\"\\u") ||
                        value == "18446744073709551616";
      const std::string change = text ? "none" : "add";
      CHECK(host.post("/stream/add", "{\"value\":{\"" + name + "\":" + value + ",\"" + other +
                                         "\":\"x\",\"change\":\"" + change + "\"}}")
                .status == 400);
    }
    CHECK(host.post("/stream/add", "{\"value\":" + value + "}").status == 400);
    CHECK(host.post("/stream/remove", value).status == 400);
    CHECK(host.post("/app/quit", "{\"stream\":" + value + "}").status == 400);
    const std::string setting = "{\"stream\":{\"stream_id\":" + value + ",\"";
    CHECK(host.post("/dec/drop-frame-interval", setting + "drop_frame_interval\":1}}").status >=
          400);
    CHECK(host.post("/enc/force-idr", setting + "force_idr\":1}}").status >= 400);
    CHECK(host.post("/dec/drop-frame-interval",
                    R"({"stream":{"stream_id":0,"drop_frame_interval":)" + value + "}}")
              .status >= 400);
  }
  checkUntouched(host);
}

TEST_CASE("requests that are no HTTP, or no end of it, end in an error or in silence") {
  Host host({});
  const std::string body = R"({"value":{"camera_id":"a","camera_url":"rtsp://h/","change":"add"}})";
  for (const std::string& bytes : std::vector<std::string>{
           "\r\n\r\n", "GET\r\n\r\n", "GET  HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
           "GET /version\r\n\r\n", std::string(64, '\0') + "\r\n\r\n",
           "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\nHost: localhost\r\n\r\n",
           "GET /version HTTP/1.1\r\n" + repeated("A: b\r\n", 500) + "\r\n",
           "GET /version HTTP/1.1\r\nHost: localhost\r\nA: " + std::string(20'000, 'b') +
               "\r\n\r\n",
           "GET /version HTTP/1.1\r\nno colon\r\n: \r\n\r\n",
           posted(body, "Content-Length: -1\r\n"), posted(body, "Content-Length: x\r\n"),
           posted(body, "Content-Length: 99999999999999999999\r\n"),
           posted("zz\r\n" + body, "Transfer-Encoding: chunked\r\n"),
           posted("fffffffffffffffff\r\n" + body, "Transfer-Encoding: chunked\r\n"),
           posted("5\r\n{}", "Transfer-Encoding: gzip\r\n"),
           posted(body, "Content-Length: 1000\r\n"),
           posted("50\r\n" + body, "Transfer-Encoding: chunked\r\n"),
           posted(repeated("10000\r\n" + std::string(65536, ' ') + "\r\n", 17) + "0\r\n\r\n",
                  "Transfer-Encoding: chunked\r\n")}) {
    CAPTURE(bytes.substr(0, 60));
    CAPTURE(bytes.size());
    Connection connection(host.port());
    connection.send(bytes);
    connection.endSending();
    const std::string status = connection.readUntil("\r\n");
    CAPTURE(status);
    CHECK((status.empty() || status.find(" 4") == 8 || status.find(" 5") == 8));
  }
  checkUntouched(host);
}

TEST_CASE("a second request on the same connection is not mistaken for a body") {
  Host host({});
  Connection connection(host.port());
  connection.send(withLength("{}") + withLength("{}") + "GET /version HTTP/1.1\r\n\r\n");
  CHECK(connection.readUntil("\r\n\r\n").starts_with("HTTP/1.1 400"));
  CHECK(connection.readAll().find("X-Request-Id") == std::string::npos);
  checkUntouched(host);
}

TEST_CASE("half requests and slow clients hold up nobody else") {
  Host host({});
  const std::string whole = withLength(R"({"value":{}})");
  std::vector<std::unique_ptr<Connection>> halves;
  for (std::size_t size = 1; size < whole.size(); size += 10) {
    halves.push_back(std::make_unique<Connection>(host.port()));
    halves.back()->send(whole.substr(0, size));
    CHECK(request(host.port(), "GET", "/version").status == 200);
  }
  // They are heard as long as they keep on, and are let go when they leave.
  halves.front()->send(whole.substr(1));
  CHECK(halves.front()->readUntil("\r\n").starts_with("HTTP/1.1 400"));
  halves.clear();
  checkUntouched(host);
}

TEST_CASE("more clients than workers that do not end their requests delay others, and no more") {
  Host host({});
  const std::string whole = withLength(R"({"value":{}})");
  std::vector<std::unique_ptr<Connection>> halves;
  for (int client = 0; client < limits::httpWorkers + 8; ++client) {
    halves.push_back(std::make_unique<Connection>(host.port()));
    // Some stop in the body, some in the headers.
    halves.back()->send(whole.substr(0, whole.size() - (client % 2 == 0 ? 1 : 20)));
  }
  // They are given up together; the rest is for a busy machine.
  Connection other(host.port(), limits::httpTimeout + childLimit());
  other.send("GET /version HTTP/1.1\r\nHost: localhost\r\n\r\n");
  CHECK(other.readUntil("\r\n").starts_with("HTTP/1.1 200 "));
  checkUntouched(host);
}

TEST_SUITE_END();
