#include "support/rig.h"

#include "pipeline/clock.h"

#include <doctest/doctest.h>
#include <json/reader.h>
#include <json/writer.h>

#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>

namespace test {

namespace {

std::vector<std::string> joined(std::vector<std::string> words,
                                const std::vector<std::string>& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

std::vector<std::string> hostCommand(const std::vector<int>& ports,
                                     const std::vector<std::string>& more,
                                     const std::vector<std::string>& environment) {
  std::vector<std::string> words = joined({"/usr/bin/env"}, environment);
  words = joined(
      words, {pipelineBinary(), "--port", "0", "--rtsp-port", "0", "--token-file", tokenFile()});
  for (const int port : ports) {
    words.insert(words.end(), {"--allow-source", "127.0.0.1:" + std::to_string(port)});
  }
  return joined(words, more);
}

Json::Value readReady(Process& process) {
  const Json::Value ready = parseJson(process.readLine());
  if (!ready["ready"].asBool()) {
    throw std::runtime_error("the child did not start: " + process.errors());
  }
  return ready;
}

} // namespace

Json::Value parseJson(const std::string& text) {
  Json::Value value;
  std::istringstream(text.empty() ? "null" : text) >> value;
  return value;
}

std::string tokenFile() {
  static const std::string path = writeFile("token", std::string(token) + "\n");
  return path;
}

Cameras::Cameras(int count, std::vector<std::string> more, int port)
    : process_(
          joined({CAMERAS_BINARY, "--port", std::to_string(port), "--count", std::to_string(count)},
                 more)),
      ready_(readReady(process_)) {}

void Cameras::command(const std::string& line) {
  process_.writeLine(line);
  if (parseJson(process_.readLine())["done"].asString() != line) {
    throw std::runtime_error("the cameras refuse: " + line);
  }
}

std::string pipelineBinary() {
  const char* named = std::getenv("SIGHTLINE_PIPELINE");
  return named != nullptr ? named : PIPELINE_BINARY;
}

Host::Host(const std::vector<int>& sourcePorts, const std::vector<std::string>& more,
           const std::vector<std::string>& environment)
    : process_(hostCommand(sourcePorts, more, environment)), ready_(readReady(process_)) {}

Host::~Host() {
  if (process_.ended()) {
    return;
  }
  process_.signal(SIGTERM);
  const int code = process_.wait();
  const std::string log = process_.errors();
  CAPTURE(log);
  CHECK(code == 0);
  CHECK(log.find("a teardown hangs") == std::string::npos);
}

HttpAnswer Host::post(const std::string& path, const std::string& body) const {
  return request(port(), "POST", "/api/v1" + path, body);
}

HttpAnswer Host::get(const std::string& path) const {
  return request(port(), "GET", "/api/v1" + path, "",
                 {{"Authorization", std::string("Bearer ") + token}});
}

HttpAnswer Host::put(const std::string& path, const std::string& body) const {
  return request(port(), "PUT", "/api/v1" + path, body,
                 {{"Authorization", std::string("Bearer ") + token}});
}

HttpAnswer Host::erase(const std::string& path) const {
  return request(port(), "DELETE", "/api/v1" + path, "",
                 {{"Authorization", std::string("Bearer ") + token}});
}

std::string Host::change(const std::string& verb, const std::string& cameraId,
                         const std::string& url) const {
  Json::Value body;
  body["key"] = "sensor";
  body["value"]["camera_id"] = cameraId;
  body["value"]["camera_name"] = "name of " + cameraId;
  body["value"]["camera_url"] = url;
  body["value"]["change"] = "camera_" + verb;
  return parseJson(post("/stream/" + verb, body.toStyledString()).body)["reason"].asString();
}

Json::Value Host::stream(const std::string& cameraId) const {
  const Json::Value answer = parseJson(get("/sightline/streams").body);
  for (const Json::Value& stream : answer["streams"]) {
    if (stream["camera_id"].asString() == cameraId) {
      return stream;
    }
  }
  return {};
}

bool Host::waitForFrames(const std::string& cameraId, std::uint64_t count) const {
  return waitFor([&] { return frames(cameraId) >= count; });
}

bool Host::waitForOutput(const std::string& cameraId) const {
  return waitFor([&] { return stream(cameraId)["output"]["idrFrames"].asUInt64() > 0; });
}

bool Host::waitForState(const std::string& cameraId, const std::string& wanted) const {
  return waitFor([&] { return state(cameraId) == wanted; });
}

bool Host::waitForError(const std::string& cameraId, const std::string& code) const {
  return waitFor([&] { return errorCode(cameraId) == code; });
}

std::vector<Json::Value> Host::events() const {
  // All events there are come at once; one of later, or silence, says that these were all.
  const std::int64_t askedAtMs = sightline::epochMs();
  Connection connection(port(), std::chrono::milliseconds(500));
  connection.send(
      "GET /api/v1/sightline/events?after=0 HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
      std::string(token) + "\r\n\r\n");
  connection.readUntil("\r\n\r\n");
  std::vector<Json::Value> result;
  for (std::string line = connection.readUntil("\n"); line.size() > 1;
       line = connection.readUntil("\n")) {
    result.push_back(parseJson(line));
    if (result.back()["atMs"].asInt64() > askedAtMs) {
      break;
    }
  }
  return result;
}

std::string Host::eventKinds(const std::string& cameraId) const {
  std::string kinds;
  for (const Json::Value& event : events()) {
    // Whatever moves is an object, at any time, and a recording says every second how far it is.
    const bool isState = event["kind"] != "object" && event["kind"] != "progress";
    if (event["camera_id"].asString() == cameraId && isState) {
      kinds += (kinds.empty() ? "" : " ") + event["kind"].asString();
    }
  }
  return kinds;
}

} // namespace test
