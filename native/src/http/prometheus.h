// The text form of DeepStream's GETs. [Prometheus text exposition format 0.0.4]
#pragma once

#include "http/compatibility.h"
#include "http/endpoint.h"

#include <string>
#include <utility>
#include <vector>

namespace sightline::http {

struct Sample {
  // Beside app_name="ds".
  std::vector<std::pair<std::string, std::string>> labels;
  double value = 0;
};

struct Gauge {
  std::string name;
  std::string help;
  std::vector<Sample> samples;
};

// Gauges without samples are left out.
Response prometheusAnswer(const std::vector<Gauge>& gauges);

// DeepStream 9 takes every Accept that mentions text/plain, and so answers axios in a form that it
// does not expect; who also takes JSON gets JSON here, unless exactly release 9 is spoken.
bool wantsPrometheus(const Request& request, const Compatibility& compatibility);

} // namespace sightline::http
