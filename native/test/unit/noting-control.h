// A backend without pictures: one stream, which notes what it is told.
#pragma once

#include "gstreamer/gst-pointer.h"
#include "http/routes.h"

#include <optional>
#include <string>
#include <vector>

namespace test {

class NotingControl final : public sightline::Control {
 public:
  using ChangeResult = sightline::ChangeResult;

  sightline::AddAnswer add(const sightline::AddStream&) override { return added; }
  // As if every URL that is named were another.
  bool remove(const sightline::RemoveStream& request) override {
    const bool isThere = request.cameraId == status.entry.cameraId && !request.url;
    if (isThere) {
      notes.push_back("removed by " + request.requestId);
    }
    return isThere;
  }
  std::vector<sightline::StreamEntry> list() const override {
    return {listed.value_or(status.entry)};
  }
  ChangeResult set(const sightline::SetOnStream& request) override {
    return note(request.stream, describe(request.setting));
  }
  ChangeResult set(const sightline::SetOnHost& request) override {
    return note(status.entry.sourceId, "host setting " + std::to_string(request.setting.index()));
  }
  ChangeResult force(const sightline::ForceKeyFrame& request) override {
    return note(request.sourceId, request.kind == sightline::KeyFrame::idr ? "idr" : "intra");
  }
  sightline::SendResult send(const sightline::SendEvent& request) override {
    if (request.sourceId != status.entry.sourceId) {
      return sightline::SendResult::unknownSource;
    }
    if (!isAble) {
      return sightline::SendResult::notPushed;
    }
    const sightline::TextPointer text(gst_structure_to_string(request.event.get()));
    notes.push_back((request.isHeld ? "hold " : "once ") + std::string(text.get()));
    return sightline::SendResult::queued;
  }
  sightline::OutputAnswer set(const sightline::SetOutput& request) override {
    notes.push_back("output of " + request.cameraId + ": " +
                    (request.codec ? codecName(*request.codec) : "same codec") + ", " +
                    (request.iframeInterval ? describe(*request.iframeInterval) + ", " : "") +
                    request.recording.value_or("same recording"));
    return output;
  }
  sightline::BackendAbout about() const override { return {}; }
  std::vector<sightline::StreamStatus> streams() const override { return {status}; }
  std::optional<sightline::SharedSettings> shared() const override { return all; }
  sightline::Snapshot snapshot(const std::string&) const override { return {}; }
  void stop() override {}

  NotingControl() { status.entry = {"gate \"1\"", "Gate", 3}; }

  sightline::StreamStatus status;
  std::optional<sightline::SharedSettings> all;
  // What is listed instead, as if the stream had come since.
  std::optional<sightline::StreamEntry> listed;
  sightline::AddAnswer added{sightline::AddResult::duplicate};
  // What a change of the output is answered.
  sightline::OutputAnswer output{sightline::OutputResult::done};
  // What was carried out.
  std::vector<std::string> notes;
  bool isAble = true;

 private:
  ChangeResult note(const sightline::StreamRef& stream, const std::string& text) {
    if (stream != sightline::StreamRef(status.entry.sourceId) &&
        stream != sightline::StreamRef(status.entry.cameraId)) {
      return ChangeResult::unknownSource;
    }
    if (!isAble) {
      return ChangeResult::unsupported;
    }
    notes.push_back(text);
    return ChangeResult::done;
  }
};

// The endpoints over that backend.
struct NotingHost {
  explicit NotingHost(sightline::http::Compatibility compatibility = {})
      : table(sightline::http::endpointsOf({control, events, "boot", 0, [this] { hasQuit = true; },
                                            compatibility, [this] { return isStopping; }})) {}
  NotingHost(const NotingHost&) = delete;
  NotingHost& operator=(const NotingHost&) = delete;

  // Status 404 when there is no such endpoint.
  sightline::http::Response ask(const std::string& method, const std::string& path,
                                const std::string& body = "", const std::string& accept = "") {
    const auto match = findEndpoint(table, method, path);
    if (!match || match->endpoint == nullptr) {
      return sightline::http::errorPage(match ? 405 : 404, "");
    }
    sightline::http::Request request;
    request.body = body;
    request.segment = match->segment;
    request.requestId = "req-1";
    if (!accept.empty()) {
      request.headers["accept"] = accept;
    }
    auto response = match->endpoint->handle(request);
    if (response.afterwards) {
      response.afterwards();
    }
    return response;
  }
  sightline::http::Response post(const std::string& path, const std::string& body) {
    return ask("POST", "/api/v1" + path, body);
  }
  sightline::http::Response get(const std::string& path, const std::string& accept = "") {
    return ask("GET", path, "", accept);
  }

  NotingControl control;
  sightline::EventLog events{16};
  bool hasQuit = false;
  bool isStopping = false;
  sightline::http::EndpointTable table;
};

} // namespace test
