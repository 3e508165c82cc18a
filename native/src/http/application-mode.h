#pragma once

#include "http/compatibility.h"
#include "http/endpoint.h"

namespace sightline::http {

// DeepStream's application registers no callback for GET requests: in its mode they answer 200 and
// nothing. Here they fail with the documented reason, unless a release is wanted exactly.
void refuseGets(EndpointTable& table, const Compatibility& compatibility);

} // namespace sightline::http
