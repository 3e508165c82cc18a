// PUT /api/v1/sightline/streams/{camera_id}/output: the codec of the encoded output, its I-frames,
// and its file.
#include "http/json-body.h"
#include "http/routes.h"
#include "http/sightline-json.h"
#include "pipeline/limits.h"
#include "pipeline/recording-name.h"

#include <algorithm>
#include <array>

namespace sightline::http {

namespace {

VideoCodec readCodec(const Json::Value& name) {
  constexpr std::array all{VideoCodec::h264, VideoCodec::h265, VideoCodec::mpeg4};
  const auto found = std::find_if(all.begin(), all.end(), [&](VideoCodec codec) {
    return name.isString() && name.asString() == codecName(codec);
  });
  if (found == all.end()) {
    throw Mistake{"codec must be h264, h265 or mpeg4"};
  }
  return *found;
}

std::string readName(const Json::Value& name) {
  if (!name.isString() || !isRecordingName(name.asString())) {
    throw Mistake{"recording must be null or a file name that ends in .mkv or .ts, without a path"};
  }
  return name.asString();
}

IframeInterval readIframeInterval(const Json::Value& pictures) {
  if (pictures.isNull()) {
    return {};
  }
  return {readUnsigned(pictures, "iframeInterval", limits::iframeIntervalMax)};
}

SetOutput readOutput(const Request& request) {
  const Json::Value json = readJson(request.body);
  checkMembers(json, {"codec", "iframeInterval", "recording"});
  SetOutput output;
  output.cameraId = request.segment;
  output.requestId = request.requestId;
  if (json.isMember("codec")) {
    output.codec = readCodec(json["codec"]);
  }
  if (json.isMember("iframeInterval")) {
    output.iframeInterval = readIframeInterval(json["iframeInterval"]);
  }
  if (json.isMember("recording")) {
    output.recording = json["recording"].isNull() ? "" : readName(json["recording"]);
  }
  if (!output.codec && !output.iframeInterval && !output.recording) {
    throw Mistake{"codec, iframeInterval or recording is wanted"};
  }
  return output;
}

Response putOutput(Control& control, const Request& request) {
  SetOutput output;
  try {
    output = readOutput(request);
  } catch (const Mistake& mistake) {
    return problem(400, "input.invalid", mistake.text);
  }
  const OutputAnswer answer = control.set(output);
  switch (answer.result) {
  case OutputResult::unknownStream:
    return problem(404, "stream.not-found", "there is no such stream");
  case OutputResult::exists:
    return problem(409, "stream.recording-exists", "there is a file of this name already");
  case OutputResult::unsupported:
    return problem(501, "native.refused", answer.text);
  case OutputResult::failed:
    return problem(503, "stream.recording-failed", answer.text);
  case OutputResult::done:
    break;
  }
  Json::Value json;
  json["codec"] = codecName(answer.codec);
  json["recording"] = answer.recording ? recordingJson(*answer.recording) : Json::Value();
  return jsonAnswer(200, json);
}

} // namespace

Json::Value recordingJson(const RecordingStatus& recording) {
  Json::Value json;
  json["name"] = recording.name;
  json["bytes"] = Json::UInt64(recording.bytes);
  json["sinceAtMs"] = Json::Int64(recording.sinceAtMs);
  return json;
}

void registerOutputEndpoint(EndpointTable& table, const Host& host) {
  table.push_back(
      {"PUT", "/api/v1/sightline/streams/{}/output", Family::sightline,
       [&control = host.control](const Request& request) { return putOutput(control, request); }});
}

} // namespace sightline::http
