// How an answer is written to the connection.
#pragma once

#include "http/endpoint.h"

struct mg_connection;

namespace sightline::http {

void sendAnswer(mg_connection* connection, const Request& request, const Response& response);

// Byte for byte as NVIDIA's server: four headers, 200 for whatever an envelope says, and civetweb's
// own error pages.
void sendAsNvidia(mg_connection* connection, const Response& response);

} // namespace sightline::http
