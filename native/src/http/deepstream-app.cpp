// DeepStream app/* and /version.
#include "http/envelope.h"
#include "http/routes.h"

#include <json/writer.h>

namespace sightline::http {

namespace {

Response quit(const Host& host, const Request& request) {
  const auto parsed = parseDeviceFlag(request.body, {"QUIT", "app_quit", "app_quit must be 1"});
  if (const auto* bad = std::get_if<BadEnvelope>(&parsed)) {
    return answer(400, bad->reason);
  }
  if (!std::get<bool>(parsed)) {
    // DeepStream answers QUIT_SUCCESS and does not quit.
    return answer(400, "QUIT_FAIL, app_quit must be 1");
  }
  Response response = answer(200, "QUIT_SUCCESS");
  response.afterwards = host.quit;
  return response;
}

Response version() {
  Json::Value body;
  body["version"] = "DeepStream-SDK 7.1 - REST API Version v1";
  Json::StreamWriterBuilder writer;
  writer["indentation"] = "\t";
  Response response;
  response.body = Json::writeString(writer, body);
  return response;
}

} // namespace

void registerAppEndpoints(EndpointTable& table, const Host& host) {
  table.push_back({"POST", "/api/v1/app/quit", Family::deepstream,
                   [host](const Request& request) { return quit(host, request); }});
  table.push_back(
      {"GET", "/version", Family::deepstream, [](const Request&) { return version(); }});
}

} // namespace sightline::http
