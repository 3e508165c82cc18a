// The groups of endpoints; together they are the host's table.
#pragma once

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
};

void registerStreamEndpoints(EndpointTable& table, const Host& host);
void registerCodecEndpoints(EndpointTable& table, const Host& host);
void registerAppEndpoints(EndpointTable& table, const Host& host);
void registerSightlineEndpoints(EndpointTable& table, const Host& host);

} // namespace sightline::http
