#pragma once

#include "support/http-client.h"
#include "support/process.h"

#include <json/value.h>

#include <string>
#include <vector>

namespace test {

inline constexpr auto token = "the-token-of-the-tests";

Json::Value parseJson(const std::string& text);

// sightline-demo-cameras on a free port, or on the given one.
class Cameras {
 public:
  explicit Cameras(int count = 1, std::vector<std::string> more = {}, int port = 0);
  int port() const { return ready_["port"].asInt(); }
  std::string url(int number) const { return ready_["urls"][number - 1].asString(); }
  // "freeze 1" and the like.
  void command(const std::string& line);
  Process& process() { return process_; }

 private:
  Process process_;
  Json::Value ready_;
};

// The program under test: the one named by SIGHTLINE_PIPELINE, else the plain one.
std::string pipelineBinary();

// sightline-pipeline on free ports, with a token and the given ports as allowed sources. In the end
// it must go in order: that is also when a sanitizer says what it found.
class Host {
 public:
  // `environment` is made of "NAME=value".
  explicit Host(const std::vector<int>& sourcePorts, const std::vector<std::string>& more = {},
                const std::vector<std::string>& environment = {});
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  int port() const { return ready_["port"].asInt(); }
  int rtspPort() const { return ready_["rtspPort"].asInt(); }
  Process& process() { return process_; }

  HttpAnswer post(const std::string& path, const std::string& body) const;
  // With the bearer token.
  HttpAnswer get(const std::string& path) const;
  // With the bearer token.
  HttpAnswer put(const std::string& path, const std::string& body) const;
  // With the bearer token.
  HttpAnswer erase(const std::string& path) const;

  // "add" or "remove"; returns DeepStream's reason.
  std::string change(const std::string& verb, const std::string& cameraId,
                     const std::string& url) const;
  std::string add(const std::string& cameraId, const std::string& url) const {
    return change("add", cameraId, url);
  }
  std::string remove(const std::string& cameraId, const std::string& url) const {
    return change("remove", cameraId, url);
  }
  // Null when there is no such stream.
  Json::Value stream(const std::string& cameraId) const;
  std::string state(const std::string& cameraId) const {
    return stream(cameraId)["state"].asString();
  }
  std::string errorCode(const std::string& cameraId) const {
    return stream(cameraId)["error"]["code"].asString();
  }
  std::uint64_t frames(const std::string& cameraId) const {
    return stream(cameraId)["frames"].asUInt64();
  }
  bool waitForFrames(const std::string& cameraId, std::uint64_t count) const;
  // Until the encoder has given its first picture; then the output can be viewed.
  bool waitForOutput(const std::string& cameraId) const;
  bool waitForState(const std::string& cameraId, const std::string& state) const;
  bool waitForError(const std::string& cameraId, const std::string& code) const;
  std::vector<Json::Value> events() const;
  // The kinds of all events of a stream so far but for its objects, joined by spaces.
  std::string eventKinds(const std::string& cameraId) const;

 private:
  Process process_;
  Json::Value ready_;
};

std::string tokenFile();

} // namespace test
