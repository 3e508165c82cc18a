#include "http/setting-endpoint.h"

namespace sightline::http {

std::variant<SettingRequest, BadEnvelope> parseSetting(const std::string& body,
                                                       const SettingEndpoint& row) {
  const BadEnvelope badId{row.prefix + "_FAIL, stream_id value not parsed correctly"};
  const Json::Value root = parseBody(body);
  const Json::Value* fields = lastRoot(root);
  if (fields == nullptr) {
    // DeepStream aborts here, or says SUCCESS.
    return row.streamId == StreamId::none ? BadEnvelope{row.badValue} : badId;
  }
  const auto sourceId = readSourceId((*fields)["stream_id"]);
  if (row.streamId == StreamId::beforeValue && !sourceId) {
    return badId;
  }
  try {
    auto read = row.read(*fields, row);
    if (const auto* bad = std::get_if<BadEnvelope>(&read)) {
      return *bad;
    }
    if (row.streamId == StreamId::afterValue && !sourceId) {
      return badId;
    }
    return SettingRequest{sourceId.value_or(0), std::move(std::get<Action>(read))};
  } catch (const Json::Exception& problem) {
    return BadEnvelope{row.prefix + "_FAIL, error: " + problem.what()};
  }
}

} // namespace sightline::http
