#include "http/routes.h"

namespace sightline::http {

EndpointTable endpointsOf(const Host& host) {
  EndpointTable table;
  registerStreamEndpoints(table, host);
  registerSettingEndpoints(table, host);
  registerHealthEndpoints(table, host);
  registerMetricsEndpoints(table, host);
  registerProductEndpoints(table, host);
  registerSightlineEndpoints(table, host);
  registerDetectorEndpoint(table, host);
  registerOutputEndpoint(table, host);
  registerPreviewEndpoint(table, host);
  return table;
}

} // namespace sightline::http
