#include "http/application-mode.h"

#include "http/envelope.h"

#include <map>

namespace sightline::http {

namespace {

// The field in which each would answer. /version and metadata need no callback.
const std::map<std::string, std::string> fields{{"/api/v1/stream/get-stream-info", "stream-info"},
                                                {"/api/v1/health/get-dsready-state", "health-info"},
                                                {"/ready", "ready-info"},
                                                {"/api/v1/ready", "ready-info"},
                                                {"/live", "live-info"},
                                                {"/api/v1/live", "live-info"},
                                                {"/startup", "startup-info"},
                                                {"/api/v1/startup", "startup-info"},
                                                {"/api/v1/metrics", "metrics-info"}};

Response refuse(const Compatibility& compatibility, const std::string& field) {
  if (compatibility.isExact()) {
    Json::Value body;
    body["reason"] = "";
    body[field] = Json::nullValue;
    return answerWith(200, std::move(body));
  }
  const bool asRelease9 = compatibility.exactly && *compatibility.exactly >= Release::v9_0;
  return answer(500,
                asRelease9 ? "Unable to fetch the data" : "Unable to fetch the live stream data");
}

} // namespace

void refuseGets(EndpointTable& table, const Compatibility& compatibility) {
  for (Endpoint& endpoint : table) {
    const auto found = fields.find(endpoint.pattern);
    if (endpoint.method == "GET" && found != fields.end()) {
      endpoint.handle = [compatibility, field = found->second](const Request&) {
        return refuse(compatibility, field);
      };
    }
  }
}

} // namespace sightline::http
