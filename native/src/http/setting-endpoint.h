// The table of what can be set over DeepStream's REST API: every text, range and path of it is
// data. [DeepStream 7.1, "DeepStream With REST API Server"; additions of 8.0]
#pragma once

#include "http/compatibility.h"
#include "http/envelope.h"
#include "pipeline/control.h"

#include <json/value.h>

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace sightline::http {

// The orderly end of the process.
struct Quit {};

// What one request asks for.
using Action = std::variant<StreamSetting, HostSetting, KeyFrame, Quit>;

// When the number of a stream is looked at. A request with two mistakes hears of the first.
enum class StreamId { none, beforeValue, afterValue };

struct SettingEndpoint {
  // Makes the action from the fields of the request; throws Json::Exception on a wrong type.
  using Read =
      std::function<std::variant<Action, BadEnvelope>(const Json::Value&, const SettingEndpoint&)>;

  // Below /api/v1.
  std::string path;
  Release since = Release::v7_0;
  // As the backend names it in its list of controls.
  std::string control;
  // "DROP_FRAME_INTERVAL_UPDATE", before _SUCCESS and _FAIL.
  std::string prefix;
  std::string field;
  StreamId streamId = StreamId::afterValue;
  Read read;
  // The whole reasons: 400 for a value that is missing or out of range, 500 for a stream that is
  // not there, 500 for what the backend cannot do.
  std::string badValue;
  std::string unknownSource;
  std::string refused;
  // Whether DeepStream's application has a callback for it, too.
  bool inApplication = true;
};

const std::vector<SettingEndpoint>& settingEndpoints();

struct SettingRequest {
  // Without meaning when the row has no stream_id.
  int sourceId = 0;
  Action action;
};

std::variant<SettingRequest, BadEnvelope> parseSetting(const std::string& body,
                                                       const SettingEndpoint& row);

} // namespace sightline::http
