// DeepStream's request and answer envelopes. [DeepStream 7.1, "DeepStream With REST API Server"]
#pragma once

#include "http/endpoint.h"

#include <json/value.h>

#include <string>
#include <variant>

namespace sightline::http {

// {"reason": …, "status": "HTTP/1.1 200 OK"} in DeepStream's layout, with the same status on the
// wire.
Response answer(int status, const std::string& reason);
Response answerWith(int status, Json::Value body);

// A request that must be answered 400 with this reason.
struct BadEnvelope {
  std::string reason;
};

// The body as JSON; null when it is empty, malformed or nested too deeply.
Json::Value parseBody(const std::string& body);

struct StreamChange {
  enum class Kind { add, remove };
  Kind kind = Kind::add;
  std::string cameraId;
  std::string cameraName;
  std::string cameraUrl;
};

// stream/add and stream/remove. Which of the two is meant says only `change`, not the path.
std::variant<StreamChange, BadEnvelope> parseStreamChange(const std::string& body);

// One field of {"<any name>": {"stream_id": …, "<field>": …}}.
struct UnsignedField {
  // "DROP_FRAME_INTERVAL_UPDATE"
  std::string prefix;
  std::string name;
  unsigned max = 0;
  // Behind "<PREFIX>_FAIL, " when the value is missing or too large.
  std::string rangeText;
};

struct FlagField {
  std::string prefix;
  std::string name;
  std::string missingText;
};

template <class Value>
struct StreamValue {
  int sourceId = 0;
  Value value{};
};

std::variant<StreamValue<unsigned>, BadEnvelope> parseUnsigned(const std::string& body,
                                                               const UnsignedField& field);
std::variant<StreamValue<bool>, BadEnvelope> parseFlag(const std::string& body,
                                                       const FlagField& field);
// app/quit has no stream_id.
std::variant<bool, BadEnvelope> parseDeviceFlag(const std::string& body, const FlagField& field);

} // namespace sightline::http
