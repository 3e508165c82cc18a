// Endpoints from shared libraries: the worked example, and a plugin that does all that none should.
#include "support/numbered-cameras.h"
#include "support/picture.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

using namespace test;

TEST_SUITE_BEGIN("plugins");

namespace {

constexpr auto brightnessPath = "/custom/brightness";

std::string brightnessBody(const std::string& streamId, const std::string& brightness) {
  return R"({"stream":{"stream_id":")" + streamId + R"(","brightness":)" + brightness + "}}";
}

HttpAnswer setBrightness(const Host& host, int sourceId, int brightness) {
  return host.post(brightnessPath,
                   brightnessBody(std::to_string(sourceId), std::to_string(brightness)));
}

std::string reasonOf(const HttpAnswer& answer) {
  return parseJson(answer.body)["reason"].asString();
}

std::string snapshot(const Host& host, const std::string& cameraId) {
  return host.get("/sightline/streams/" + cameraId + "/snapshot.jpg").body;
}

Picture newest(const Host& host, const std::string& cameraId) {
  return decodeJpeg(snapshot(host, cameraId));
}

int darkest(const Picture& picture) {
  REQUIRE_FALSE(picture.luma.empty());
  return *std::min_element(picture.luma.begin(), picture.luma.end());
}

int brightest(const Picture& picture) {
  REQUIRE_FALSE(picture.luma.empty());
  return *std::max_element(picture.luma.begin(), picture.luma.end());
}

// A JPEG of flat bars is off by this much.
bool isAbout(int value, int expected) {
  return std::abs(value - expected) <= 6;
}

bool waitForPictures(const Host& host, const std::string& cameraId) {
  return host.waitForFrames(cameraId, host.frames(cameraId) + 3);
}

// What the host says when it does not start.
std::string refusal(const std::vector<std::string>& plugins,
                    const std::vector<std::string>& environment = {}) {
  std::vector<std::string> command{"/usr/bin/env"};
  command.insert(command.end(), environment.begin(), environment.end());
  command.insert(command.end(), {pipelineBinary(), "--port", "0", "--rtsp-port", "0"});
  for (const std::string& plugin : plugins) {
    command.insert(command.end(), {"--endpoint-plugin", plugin});
  }
  Process process(command);
  CHECK(process.wait() == 1);
  return process.errors();
}

} // namespace

TEST_CASE("the example changes the pictures of its stream, and of no other") {
  NumberedCameras cameras(2);
  Host host({cameras.port()}, {"--endpoint-plugin", BRIGHTNESS_PLUGIN});
  host.add("first", cameras.url(1));
  host.add("second", cameras.url(2));
  REQUIRE(host.waitForOutput("first"));
  REQUIRE(host.waitForOutput("second"));
  REQUIRE(waitForPictures(host, "first"));
  const int dark = darkest(newest(host, "first"));
  CHECK(dark < 30);
  keepPicture("live-plugin-before", snapshot(host, "second"));
  const HttpAnswer answer = setBrightness(host, 1, 60);
  CHECK(answer.status == 200);
  CHECK(reasonOf(answer) == "BRIGHTNESS_UPDATE_SUCCESS");
  CHECK(answer.headers.at("content-type") == "text/plain");
  REQUIRE(waitForPictures(host, "second"));
  CHECK(isAbout(darkest(newest(host, "second")), dark + 60));
  keepPicture("live-plugin-after", snapshot(host, "second"));
  REQUIRE(waitForPictures(host, "first"));
  CHECK(isAbout(darkest(newest(host, "first")), dark));
  CHECK(setBrightness(host, 1, 0).status == 200);
  REQUIRE(waitForPictures(host, "second"));
  CHECK(isAbout(darkest(newest(host, "second")), dark));
}

TEST_CASE("a request that the example's parser refuses is 400, and changes nothing") {
  NumberedCameras cameras(1);
  Host host({cameras.port()}, {"--endpoint-plugin", BRIGHTNESS_PLUGIN});
  host.add("camera", cameras.url(1));
  REQUIRE(host.waitForOutput("camera"));
  const int dark = darkest(newest(host, "camera"));
  const std::string deep(3000, '[');
  for (const std::string& body :
       {std::string(), std::string("{"), std::string("[1]"), std::string(R"({"stream":7})"), deep,
        brightnessBody("", "40"), brightnessBody("0x", "40"), brightnessBody("99999999999", "40"),
        brightnessBody("0", "256"), brightnessBody("0", "-256"), brightnessBody("0", "1e3"),
        brightnessBody("0", "\"40\""), brightnessBody("0", "true"), brightnessBody("0", "null"),
        brightnessBody("0", "99999999999999999999")}) {
    CAPTURE(body);
    const HttpAnswer answer = host.post(brightnessPath, body);
    CHECK(answer.status == 400);
    CHECK(reasonOf(answer).starts_with("BRIGHTNESS_UPDATE_FAIL, "));
    CHECK(parseJson(answer.body)["status"] == "HTTP/1.1 400 Bad Request");
  }
  const HttpAnswer unknown = setBrightness(host, 7, 40);
  CHECK(unknown.status == 500);
  CHECK(reasonOf(unknown) ==
        "BRIGHTNESS_UPDATE_FAIL, Unable to find stream id for brightness updation");
  CHECK(host.get(brightnessPath).status == 405);
  CHECK(host.post(brightnessPath, std::string(1024 * 1024 + 1, ' ')).status == 413);
  CHECK(request(host.port(), "POST", "/api/v1/custom/brightness", brightnessBody("0", "40"),
                {{"Origin", "http://web.example"}})
            .status == 403);
  REQUIRE(waitForPictures(host, "camera"));
  CHECK(isAbout(darkest(newest(host, "camera")), dark));
}

TEST_CASE("what was set on a stream holds when its camera comes back; meanwhile it is refused") {
  auto cameras = std::make_optional<Cameras>();
  const int port = cameras->port();
  Host host({port}, {"--endpoint-plugin", BRIGHTNESS_PLUGIN});
  host.add("camera", cameras->url(1));
  REQUIRE(host.waitForOutput("camera"));
  CHECK(brightest(newest(host, "camera")) > 100);
  CHECK(setBrightness(host, 0, -255).status == 200);
  REQUIRE(waitForPictures(host, "camera"));
  CHECK(brightest(newest(host, "camera")) < 10);

  cameras->process().signal(SIGKILL);
  cameras->process().wait();
  REQUIRE(host.waitForState("camera", "retrying"));
  const HttpAnswer refused = setBrightness(host, 0, 100);
  CHECK(refused.status == 500);
  CHECK(reasonOf(refused) == "BRIGHTNESS_UPDATE_FAIL, example-brightness-update event not pushed");
  cameras.emplace(1, std::vector<std::string>{}, port);
  REQUIRE(host.waitForState("camera", "running"));
  REQUIRE(waitForPictures(host, "camera"));
  CHECK(brightest(newest(host, "camera")) < 10);
  CHECK(setBrightness(host, 0, 0).status == 200);
  REQUIRE(waitForPictures(host, "camera"));
  CHECK(brightest(newest(host, "camera")) > 100);
}

TEST_CASE("a plugin sends an event to all streams, and finds them by their cameras") {
  NumberedCameras cameras(2);
  Host host({cameras.port()},
            {"--endpoint-plugin", BRIGHTNESS_PLUGIN, "--endpoint-plugin", ODD_PLUGIN});
  const auto sendToAll = [&] { return request(host.port(), "PUT", "/api/v1/custom/all"); };
  CHECK(sendToAll().body == "found -1 and -1; sent 0, refused 0");
  host.add("first", cameras.url(1));
  host.add("second", cameras.url(2));
  REQUIRE(host.waitForOutput("first"));
  REQUIRE(host.waitForOutput("second"));
  const int dark = darkest(newest(host, "first"));
  host.add("away", "rtsp://127.0.0.1:1/none");
  CHECK(sendToAll().body == "away as 2, name of away; second as 1, name of second; first as 0, "
                            "name of first; found 1 and -1; sent 2, refused 1");
  for (const std::string camera : {"first", "second"}) {
    CAPTURE(camera);
    REQUIRE(waitForPictures(host, camera));
    CHECK(isAbout(darkest(newest(host, camera)), dark + 20));
  }
}

TEST_CASE("what a plugin does wrong is a 500, and the host goes on") {
  Host host({}, {"--endpoint-plugin", ODD_PLUGIN});
  for (const std::string body :
       {"parse throws", "parse gives nothing", "handle throws", "handle throws a number",
        "no status", "no reason", "status without a body", "type with a line feed",
        "body is missing"}) {
    CAPTURE(body);
    const HttpAnswer answer = host.post("/custom/odd", body);
    CHECK(answer.status == 500);
    CHECK(reasonOf(answer) == "the plugin odd failed");
    CHECK(parseJson(answer.body)["status"] == "HTTP/1.1 500 Internal Server Error");
  }
  const HttpAnswer refused = host.post("/custom/odd", "parse refuses");
  CHECK(refused.status == 400);
  CHECK(reasonOf(refused) == "ODD_FAIL, it is odd");
  CHECK(host.post("/custom/odd", "release throws").status == 200);
  CHECK(reasonOf(host.post("/custom/odd", "")) == "ODD_SUCCESS");
  CHECK(host.process().errors().find("its endpoint /api/v1/custom/odd threw an exception: odd "
                                     "callback (request req_") != std::string::npos);
}

TEST_CASE("a path with a star takes all that begin so, and an answer may have any content type") {
  Host host({}, {"--endpoint-plugin", ODD_PLUGIN});
  const HttpAnswer answer = host.get("/custom/echo/a%20b/c?x=1&y");
  CHECK(answer.status == 202);
  CHECK(answer.headers.at("content-type") == "text/x-echo");
  CHECK(answer.body == "GET /api/v1/custom/echo/a%20b/c?x=1&y from 127.0.0.1");
  CHECK(host.get("/custom/echo").status == 404);
  CHECK(host.post("/custom/echo/a", "").status == 405);
  const std::string log = host.process().errors();
  CHECK(log.find("warn plugin odd: echo of rtsp://") != std::string::npos);
  CHECK(log.find("secret") == std::string::npos);
  CHECK(log.find("\nforged") == std::string::npos);
}

TEST_CASE("the status of a plugin is the one on the wire, also with always-200") {
  Host host({}, {"--endpoint-plugin", ODD_PLUGIN, "--wire-status", "always-200"});
  const HttpAnswer conflict = host.post("/custom/odd", "conflict");
  CHECK(conflict.status == 409);
  CHECK(parseJson(conflict.body)["status"] == "HTTP/1.1 409 Conflict");
  CHECK(conflict.headers.at("access-control-allow-origin") == "*");
  CHECK(host.post("/custom/odd", "parse refuses").status == 400);
  CHECK(host.post("/custom/odd", "handle throws").status == 500);
  CHECK(host.get("/custom/echo/").status == 202);
  // An endpoint of DeepStream's own beside it.
  CHECK(host.post("/roi/update", "").status == 200);
}

TEST_CASE("beyond loopback the endpoints of plugins want the token") {
  Host host({}, {"--endpoint-plugin", ODD_PLUGIN, "--address", "0.0.0.0"});
  CHECK(host.post("/custom/odd", "").status == 401);
  CHECK(host.get("/custom/echo/").status == 202);
}

TEST_CASE("a plugin that cannot be used ends the start with one line that says why") {
  struct Case {
    std::string fault;
    std::string text;
  };
  for (const auto& [fault, text] : std::vector<Case>{
           {"abi", "it was built for version 2 of endpoint-plugin.h, this host has version 1"},
           {"refuses", "it refuses to be loaded"},
           {"throws", "it threw an exception when it was asked for its endpoints"},
           {"no endpoints", "its name, its endpoints or its elements are missing"},
           {"no callback", "an endpoint lacks its method, path or callback"},
           {"no release", "or one of parser and release"},
           {"method", "the method PATCH is none of GET, POST, PUT and DELETE"},
           {"element", "its element nosuchelement is not registered"},
           {"/api/v1/stream/add", "the path /api/v1/stream/add is taken"},
           {"/api/v1/str*", "the path /api/v1/str* is taken"},
           {"/api/v1/custom/echo/more*", ""},
           {"/version", "the path /version is taken"},
           {"/*", "the path /* is taken"},
           {"/api/v1/sightline/custom",
            "is below /api/v1/sightline, where only the host's own are"},
           {"/api/v1/custom/{}", "the path /api/v1/custom/{} is not of letters"},
           {"/api/v1/*/custom", "the path /api/v1/*/custom is not of letters"}}) {
    CAPTURE(fault);
    if (text.empty()) {
      // Other methods of one plugin may share a path.
      const Host host({}, {"--endpoint-plugin", ODD_PLUGIN}, {"ODD_PLUGIN=" + fault});
      CHECK(host.get("/custom/echo/more").status == 202);
      continue;
    }
    const std::string log = refusal({ODD_PLUGIN}, {"ODD_PLUGIN=" + fault});
    CAPTURE(log);
    CHECK(log.find("cannot use the endpoint plugin " ODD_PLUGIN ": ") != std::string::npos);
    CHECK(log.find(text) != std::string::npos);
    // In one line, the last.
    CHECK(log.find('\n', log.find("cannot use")) == log.size() - 1);
  }
  CHECK(refusal({scratch() + "/none.so"}).find("none.so is not a file") != std::string::npos);
  CHECK(refusal({writeFile("text.so", "text")}).find("text.so: ") != std::string::npos);
  CHECK(refusal({NO_PLUGIN}).find("it has no symbol sightline_endpoint_plugin") !=
        std::string::npos);
  CHECK(refusal({ODD_PLUGIN, ODD_PLUGIN}).find("the path /api/v1/custom/odd is taken") !=
        std::string::npos);
}

TEST_CASE("the guide's command builds the example, and its header is C") {
  namespace fs = std::filesystem;
  std::ifstream guide(REPOSITORY "/docs/custom-endpoints.md");
  std::string command;
  for (std::string line; std::getline(guide, line);) {
    if (line.starts_with("g++ ") || (!command.empty() && command.back() == '\\')) {
      command += (command.empty() ? "" : "\n") + line;
    }
  }
  CAPTURE(command);
  REQUIRE_FALSE(command.empty());
  const fs::path folder = fs::path(scratch()) / "guide";
  fs::create_directories(folder);
  fs::create_directory_symlink(fs::canonical(REPOSITORY "/native"), folder / "native");
  Process build({"/bin/sh", "-c", "cd " + folder.string() + " && " + command});
  CHECK(build.wait(std::chrono::minutes(2)) == 0);
  const std::string plugin = folder / "brightness-endpoint.so";
  const Host host({}, {"--endpoint-plugin", plugin});
  CHECK(setBrightness(host, 0, 1).status == 500);
  CHECK(reasonOf(setBrightness(host, 0, 256)).starts_with("BRIGHTNESS_UPDATE_FAIL, brightness"));
  Process header({"/bin/sh", "-c",
                  "g++ -x c -std=c11 -Wall -Wextra -Werror -fsyntax-only "
                  "$(pkg-config --cflags gstreamer-1.0) " REPOSITORY
                  "/native/include/sightline/endpoint-plugin.h"});
  CHECK(header.wait(std::chrono::minutes(1)) == 0);
}

TEST_SUITE_END();
