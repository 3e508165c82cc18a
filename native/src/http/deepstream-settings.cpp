// Serves the rows of the table of settings.
#include "http/routes.h"
#include "http/setting-endpoint.h"

namespace sightline::http {

namespace {

// Carries out what was asked for.
class Carry {
 public:
  Carry(const Host& host, int sourceId, const std::string& requestId)
      : host_(host), sourceId_(sourceId), requestId_(requestId) {}

  ChangeResult operator()(const StreamSetting& setting) const {
    return host_.control.set(SetOnStream{sourceId_, setting, requestId_});
  }
  ChangeResult operator()(const HostSetting& setting) const {
    return host_.control.set(SetOnHost{setting, requestId_});
  }
  ChangeResult operator()(KeyFrame kind) const {
    return host_.control.force({sourceId_, kind, requestId_});
  }
  ChangeResult operator()(Quit) const { return ChangeResult::done; }

 private:
  const Host& host_;
  const int sourceId_;
  const std::string& requestId_;
};

Response set(const Host& host, const SettingEndpoint& row, const Request& request) {
  const auto parsed = parseSetting(request.body, row);
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  if (!row.inApplication && !host.compatibility.withinMultiurisrcbin) {
    return host.compatibility.isExact() ? answer(200, "") : answer(500, row.refused);
  }
  const auto& setting = std::get<SettingRequest>(parsed);
  switch (std::visit(Carry(host, setting.sourceId, request.requestId), setting.action)) {
  case ChangeResult::unknownSource:
    return answer(500, row.unknownSource);
  case ChangeResult::unsupported:
  case ChangeResult::noFile:
    return answer(500, row.refused);
  case ChangeResult::done:
    break;
  }
  Response response = answer(200, row.prefix + "_SUCCESS");
  if (std::holds_alternative<Quit>(setting.action)) {
    // The client hears of it before the process ends.
    response.afterwards = host.quit;
  }
  return response;
}

} // namespace

void registerSettingEndpoints(EndpointTable& table, const Host& host) {
  for (const SettingEndpoint& row : settingEndpoints()) {
    if (host.compatibility.includes(row.since)) {
      table.push_back({"POST", "/api/v1" + row.path, Family::deepstream,
                       [host, &row](const Request& request) { return set(host, row, request); }});
    }
  }
}

} // namespace sightline::http
