// DeepStream's request and answer envelopes. [DeepStream 7.1, "DeepStream With REST API Server"]
#pragma once

#include "http/compatibility.h"
#include "http/endpoint.h"

#include <json/value.h>

#include <optional>
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
std::variant<StreamChange, BadEnvelope> parseStreamChange(const std::string& body,
                                                          const Compatibility& compatibility = {});

// The values of {"<any name>": {…}}; null when there are none. Of several roots the last in
// alphabetical order counts, as in DeepStream.
const Json::Value* lastRoot(const Json::Value& root);

// A stream's number: a JSON integer or a string of digits. DeepStream reads "7x" as 7 and aborts on
// "x"; both are refused here.
std::optional<int> readSourceId(const Json::Value& value);

} // namespace sightline::http
