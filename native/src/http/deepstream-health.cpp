// DeepStream's probes. In NVIDIA's server they say NO with the status 200, so that no prober can
// tell; here NO is 503.
#include "http/envelope.h"
#include "http/prometheus.h"
#include "http/routes.h"

namespace sightline::http {

namespace {

struct Probe {
  std::string path;
  std::string group;
  std::string field;
  std::string reason;
  // "ready"; empty: there is no text form.
  std::string gauge;
};

std::vector<Probe> probesOf(const Compatibility& compatibility) {
  const bool isRelease8 = !compatibility.includes(Release::v9_0);
  std::vector<Probe> probes;
  if (compatibility.includes(Release::v8_0)) {
    probes.push_back({"/api/v1/health/get-dsready-state", "health-info", "ds-ready",
                      isRelease8 ? "GET_DS_READINESS_INFO_SUCCESS" : "GET_READY_INFO_SUCCESS", ""});
  }
  if (compatibility.includes(Release::v9_0)) {
    for (const std::string root : {"", "/api/v1"}) {
      probes.push_back(
          {root + "/ready", "ready-info", "ds-ready", "GET_READY_INFO_SUCCESS", "ready"});
      probes.push_back(
          {root + "/live", "live-info", "ds-liveness", "GET_LIVE_INFO_SUCCESS", "live"});
      probes.push_back(
          {root + "/startup", "startup-info", "ds-startup", "GET_STARTUP_INFO_SUCCESS", "startup"});
    }
  }
  return probes;
}

std::string gaugeHelp(std::string word) {
  word[0] = static_cast<char>(word[0] - 'a' + 'A');
  return word + " metrics from ds";
}

std::string underscored(std::string text) {
  text[text.find('-')] = '_';
  return text;
}

Response tell(const Host& host, const Probe& probe, const Request& request) {
  // Streams come and go without it: the host is up until it goes to its end.
  const bool isUp = !host.isStopping();
  if (!probe.gauge.empty() && wantsPrometheus(request, host.compatibility)) {
    const Sample sample{{{"metric_name", underscored(probe.field)}}, isUp ? 1.0 : 0.0};
    return prometheusAnswer({{probe.gauge + "_metrics", gaugeHelp(probe.gauge), {sample}}});
  }
  Json::Value body;
  body["reason"] = probe.reason;
  body[probe.group][probe.field] = isUp ? "YES" : "NO";
  return answerWith(isUp ? 200 : 503, std::move(body));
}

} // namespace

void registerHealthEndpoints(EndpointTable& table, const Host& host) {
  for (const Probe& probe : probesOf(host.compatibility)) {
    table.push_back({"GET", probe.path, Family::deepstream,
                     [host, probe](const Request& request) { return tell(host, probe, request); }});
  }
}

} // namespace sightline::http
