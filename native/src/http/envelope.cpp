#include "http/envelope.h"

#include "pipeline/limits.h"

#include <charconv>
#include <json/reader.h>
#include <json/writer.h>
#include <memory>

namespace sightline::http {

namespace {

constexpr auto unknownChange = "Sensor API change string not supported";

std::string text(const Json::Value& object, const char* name) {
  return object.get(name, "").asString();
}

// DeepStream reads these and uses none, but a wrong type among them is an error.
void checkUnused(const Json::Value& root, const Json::Value& value) {
  root.get("key", "").asString();
  for (const Json::Value* group : {&root["headers"], &value["metadata"]}) {
    for (const std::string& name : group->getMemberNames()) {
      (*group)[name].asString();
    }
  }
}

bool contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

// Throws Json::Exception when a value has a wrong type.
std::variant<StreamChange, BadEnvelope> readStreamChange(const Json::Value& root,
                                                         const Compatibility& compatibility) {
  if (root.isArray() && !root.empty()) {
    return BadEnvelope{"STREAM ADD/REMOVE_FAIL, error: in Json::Value::find(begin, end): requires "
                       "objectValue or nullValue"};
  }
  if (!root.isObject()) {
    return BadEnvelope{unknownChange};
  }
  const Json::Value& value = root.isMember("value") ? root["value"] : root["event"];
  if (!value.isObject() && !value.isArray()) {
    return BadEnvelope{unknownChange};
  }
  if (value.isArray()) {
    return BadEnvelope{"STREAM ADD/REMOVE_FAIL, error: in Json::Value::find(begin, end): requires "
                       "objectValue or nullValue"};
  }
  StreamChange change;
  const std::string kind = text(value, "change");
  change.cameraId = text(value, "camera_id");
  change.cameraName = text(value, "camera_name");
  change.cameraUrl = text(value, "camera_url");
  checkUnused(root, value);
  const std::string prefix = contains(kind, "add") ? "STREAM_ADD_FAIL" : "STREAM_REMOVE_FAIL";
  if (change.cameraUrl.empty()) {
    return BadEnvelope{prefix + ", Source url empty"};
  }
  if (change.cameraId.empty()) {
    return BadEnvelope{prefix + ", Source id empty"};
  }
  if (change.cameraUrl.size() > limits::cameraUrlBytesMax) {
    return BadEnvelope{prefix + ", Source url too long"};
  }
  if (change.cameraId.size() > limits::cameraIdBytesMax) {
    return BadEnvelope{prefix + ", Source id too long"};
  }
  if (change.cameraName.size() > limits::cameraNameBytesMax) {
    return BadEnvelope{prefix + ", Source name too long"};
  }
  const bool isStreaming = contains(kind, "streaming") && compatibility.withinMultiurisrcbin;
  if (contains(kind, "add") || isStreaming) {
    change.kind = StreamChange::Kind::add;
  } else if (contains(kind, "remove")) {
    change.kind = StreamChange::Kind::remove;
  } else {
    return BadEnvelope{unknownChange};
  }
  return change;
}

} // namespace

Response answerWith(int status, Json::Value body) {
  body["status"] = "HTTP/1.1 " + std::to_string(status) + " " + statusPhrase(status);
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "\t";
  Response response;
  response.status = status;
  response.form = Form::envelope;
  response.body = Json::writeString(writer, body);
  return response;
}

Response answer(int status, const std::string& reason) {
  Json::Value body;
  body["reason"] = reason;
  return answerWith(status, std::move(body));
}

Json::Value parseBody(const std::string& body) {
  Json::CharReaderBuilder builder;
  builder["stackLimit"] = limits::jsonDepthMax;
  const std::unique_ptr<Json::CharReader> reader(builder.newCharReader());
  Json::Value root;
  try {
    if (!reader->parse(body.data(), body.data() + body.size(), &root, nullptr)) {
      return Json::nullValue;
    }
  } catch (const Json::Exception&) {
    return Json::nullValue;
  }
  return root;
}

std::variant<StreamChange, BadEnvelope> parseStreamChange(const std::string& body,
                                                          const Compatibility& compatibility) {
  try {
    return readStreamChange(parseBody(body), compatibility);
  } catch (const Json::Exception& problem) {
    return BadEnvelope{std::string("STREAM ADD/REMOVE_FAIL, error: ") + problem.what()};
  }
}

const Json::Value* lastRoot(const Json::Value& root) {
  if (!root.isObject() || root.empty()) {
    return nullptr;
  }
  const Json::Value* last = &*std::prev(root.end());
  return last->isObject() ? last : nullptr;
}

std::optional<int> readSourceId(const Json::Value& value) {
  if (value.isInt()) {
    return value.type() == Json::realValue ? std::nullopt : std::optional(value.asInt());
  }
  if (!value.isString()) {
    return std::nullopt;
  }
  const std::string text = value.asString();
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

} // namespace sightline::http
