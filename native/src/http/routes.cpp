#include "http/routes.h"

#include "http/application-mode.h"

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
  if (!host.compatibility.withinMultiurisrcbin) {
    refuseGets(table, host.compatibility);
  }
  return table;
}

} // namespace sightline::http
