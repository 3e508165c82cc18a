// The groups of endpoints; together they are the host's table.
#pragma once

#include "http/compatibility.h"
#include "http/endpoint.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"

#include <cstdint>
#include <functional>
#include <string>

namespace sightline::http {

// What handlers work on; outlives the server.
struct Host {
  Control& control;
  EventLog& events;
  std::string bootId;
  std::int64_t startedAtMs = 0;
  // Starts the orderly end of the process.
  std::function<void()> quit;
  Compatibility compatibility;
  // True from the moment on that the process goes to its end.
  std::function<bool()> isStopping;
};

// All that there is, for the release that is spoken.
EndpointTable endpointsOf(const Host& host);

void registerStreamEndpoints(EndpointTable& table, const Host& host);
void registerSettingEndpoints(EndpointTable& table, const Host& host);
void registerHealthEndpoints(EndpointTable& table, const Host& host);
void registerMetricsEndpoints(EndpointTable& table, const Host& host);
void registerProductEndpoints(EndpointTable& table, const Host& host);
void registerSightlineEndpoints(EndpointTable& table, const Host& host);
void registerDetectorEndpoint(EndpointTable& table, const Host& host);
void registerOutputEndpoint(EndpointTable& table, const Host& host);
void registerPreviewEndpoint(EndpointTable& table, const Host& host);

} // namespace sightline::http
