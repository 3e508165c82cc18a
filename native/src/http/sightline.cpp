// The additive routes below /api/v1/sightline. Field names are those of contracts/pipeline-api.ts.
#include "http/place.h"
#include "http/routes.h"
#include "http/sightline-json.h"
#include "pipeline/limits.h"

#include <charconv>
#include <json/writer.h>
#include <unistd.h>

namespace sightline::http {

namespace {

const char* stateName(StreamState state) {
  switch (state) {
  case StreamState::connecting:
    return "connecting";
  case StreamState::running:
    return "running";
  case StreamState::stalled:
    return "stalled";
  case StreamState::retrying:
    return "retrying";
  case StreamState::ended:
    return "ended";
  }
  return "connecting";
}

Json::Value appliedJson(const AppliedSettings& applied) {
  Json::Value json;
  json["dropFrameInterval"] = applied.dropFrameInterval;
  json["skipFrames"] = static_cast<int>(applied.skipFrames);
  json["lowLatencyMode"] = applied.lowLatencyMode;
  json["codec"] = codecName(applied.codec);
  json["bitrate"] = applied.bitrate;
  json["iframeInterval"] =
      applied.iframeInterval ? Json::Value(*applied.iframeInterval) : Json::Value();
  json["srcCrop"] = words(applied.sourceCrop);
  json["destCrop"] = words(applied.destinationCrop);
  json["flipMethod"] = applied.flipMethod;
  json["interpolationMethod"] = applied.interpolationMethod;
  json["detection"] = detectorsJson(applied.detectors);
  return json;
}

Json::Value streamJson(const StreamStatus& stream) {
  Json::Value json;
  json["camera_id"] = stream.entry.cameraId;
  json["camera_name"] = stream.entry.cameraName;
  json["url"] = stream.url.text;
  json["hasCredentials"] = stream.url.hasCredentials;
  json["source_id"] = stream.entry.sourceId;
  json["state"] = stateName(stream.state);
  json["sinceAtMs"] = Json::Int64(stream.sinceAtMs);
  json["frames"] = Json::UInt64(stream.frames);
  json["analysedFrames"] = Json::UInt64(stream.analysedFrames);
  json["lastFrameAtMs"] = Json::Int64(stream.lastFrameAtMs);
  json["fps"] = stream.fps;
  json["kbps"] = stream.kbps;
  json["width"] = stream.width;
  json["height"] = stream.height;
  json["restarts"] = stream.restarts;
  if (stream.error) {
    json["error"] = errorJson(*stream.error);
  }
  json["applied"] = appliedJson(stream.applied);
  json["output"]["rtspUrl"] = stream.output.rtspUrl;
  json["output"]["clients"] = stream.output.clients;
  json["output"]["bytesOut"] = Json::UInt64(stream.output.bytesOut);
  json["output"]["idrFrames"] = Json::UInt64(stream.output.idrFrames);
  if (stream.output.recording) {
    json["output"]["recording"] = recordingJson(*stream.output.recording);
  }
  if (stream.output.recordingError) {
    json["output"]["recordingError"] = errorJson(*stream.output.recordingError);
  }
  return json;
}

Json::Value eventJson(const Event& event) {
  Json::Value json;
  json["seq"] = Json::Int64(event.seq);
  json["atMs"] = Json::Int64(event.atMs);
  json["kind"] = event.kind;
  if (!event.cameraId.empty()) {
    json["camera_id"] = event.cameraId;
    json["source_id"] = event.sourceId;
  }
  if (!event.reason.empty()) {
    json["reason"] = event.reason;
  }
  if (event.error) {
    json["error"] = errorJson(*event.error);
  }
  if (event.progress) {
    json["progress"]["positionMs"] = Json::Int64(event.progress->position.count());
    if (event.progress->duration) {
      json["progress"]["durationMs"] = Json::Int64(event.progress->duration->count());
    }
  }
  if (!event.recording.empty()) {
    json["recording"] = event.recording;
  }
  if (event.object) {
    Json::Value& object = json["object"];
    object["detector"] = event.object->detector;
    object["trackId"] = event.object->trackId;
    object["box"] = areaJson(event.object->box);
    if (!event.object->line.empty()) {
      object["line"] = event.object->line;
    }
  }
  return json;
}

Response about(const Host& host) {
  const BackendAbout backend = host.control.about();
  Json::Value json;
  json["name"] = "sightline-pipeline";
  json["version"] = SIGHTLINE_VERSION;
  json["backend"] = backend.backend;
  json["bootId"] = host.bootId;
  json["startedAtMs"] = Json::Int64(host.startedAtMs);
  json["pid"] = static_cast<int>(getpid());
  json["maxSources"] = backend.maxSources;
  json["rtspPort"] = backend.rtspPort;
  json["controls"] = Json::arrayValue;
  for (const ControlEntry& control : backend.controls) {
    Json::Value entry;
    entry["name"] = control.name;
    entry["scope"] = control.scope;
    entry["effect"] = control.effect;
    json["controls"].append(std::move(entry));
  }
  json["outputCodecs"] = Json::arrayValue;
  for (const VideoCodec codec : backend.outputCodecs) {
    json["outputCodecs"].append(codecName(codec));
  }
  return jsonAnswer(200, json);
}

Response streams(const Control& control) {
  Json::Value json;
  json["streams"] = Json::arrayValue;
  for (const StreamStatus& stream : control.streams()) {
    json["streams"].append(streamJson(stream));
  }
  if (const auto shared = control.shared()) {
    json["shared"]["batchedPushTimeout"] = Json::Int64(shared->batchedPushTimeout.microseconds);
    json["shared"]["maxLatency"] = Json::UInt64(shared->maxLatency.nanoseconds);
  }
  return jsonAnswer(200, json);
}

Response removeStream(Control& control, const Request& request) {
  if (!control.remove({request.segment, std::nullopt, request.requestId})) {
    return problem(404, "stream.not-found", "there is no such stream");
  }
  Response response;
  response.status = 204;
  return response;
}

Response snapshot(const Control& control, const Request& request) {
  Snapshot snapshot = control.snapshot(request.segment);
  switch (snapshot.result) {
  case SnapshotResult::unknownStream:
    return problem(404, "stream.not-found", "there is no such stream");
  case SnapshotResult::noFrame:
    return problem(503, "stream.no-frame", "the stream has shown no frame yet");
  case SnapshotResult::ok:
    break;
  }
  Response response;
  response.contentType = "image/jpeg";
  response.body = std::move(snapshot.jpeg);
  response.headers["X-Frame-At-Ms"] = std::to_string(snapshot.frameAtMs);
  response.headers["Cache-Control"] = "no-store";
  return response;
}

// Writes events until the client goes or the host ends; an empty line says "still here".
void writeEvents(EventLog& log, std::int64_t after, const Write& write) {
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "";
  bool open = true;
  while (open) {
    const bool lastRound = log.closed();
    std::string lines;
    for (const Event& event : log.after(after, limits::eventHeartbeat)) {
      lines += Json::writeString(writer, eventJson(event)) + "\n";
      after = event.seq;
    }
    open = write(lines.empty() ? "\n" : lines) && !lastRound;
  }
}

Response events(EventLog& log, const PlaceCount& readers, const Request& request) {
  const std::string given = request.parameter("after").value_or("0");
  std::int64_t after = 0;
  const char* end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, after);
  if (error != std::errc() || stop != end || after < 0) {
    return problem(400, "input.invalid", "after must be the seq of an event, or 0");
  }
  const Place place = takePlace(readers, limits::eventReadersMax);
  if (!place) {
    return problem(503, "pipeline.unavailable", "too many readers of events");
  }
  Response response;
  response.contentType = "application/x-ndjson";
  response.stream = [&log, after, place](const Write& write) { writeEvents(log, after, write); };
  return response;
}

} // namespace

Json::Value errorJson(const StreamError& error) {
  Json::Value json;
  json["code"] = error.code;
  json["text"] = error.text;
  return json;
}

void registerSightlineEndpoints(EndpointTable& table, const Host& host) {
  const std::string root = "/api/v1/sightline/";
  Control& control = host.control;
  const auto readers = std::make_shared<std::atomic<int>>(0);
  table.push_back(
      {"GET", root + "about", Family::sightline, [host](const Request&) { return about(host); }});
  table.push_back({"GET", root + "streams", Family::sightline,
                   [&control](const Request&) { return streams(control); }});
  table.push_back({"DELETE", root + "streams/{}", Family::sightline,
                   [&control](const Request& request) { return removeStream(control, request); }});
  table.push_back({"GET", root + "streams/{}/snapshot.jpg", Family::sightline,
                   [&control](const Request& request) { return snapshot(control, request); }});
  table.push_back({"GET", root + "events", Family::sightline,
                   [&log = host.events, readers](const Request& request) {
                     return events(log, readers, request);
                   }});
}

} // namespace sightline::http
