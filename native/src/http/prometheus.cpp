#include "http/prometheus.h"

#include <cstdio>

namespace sightline::http {

namespace {

std::string escaped(const std::string& text) {
  std::string result;
  for (const char character : text) {
    switch (character) {
    case '\\':
    case '"':
      result += '\\';
      result += character;
      break;
    case '\n':
      result += "\\n";
      break;
    default:
      result += character;
    }
  }
  return result;
}

std::string numberText(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.15g", value);
  return text;
}

std::string sampleLine(const std::string& name, const Sample& sample) {
  std::string line = name + "{app_name=\"ds\"";
  for (const auto& [label, value] : sample.labels) {
    line += "," + label + "=\"" + escaped(value) + "\"";
  }
  return line + "} " + numberText(sample.value) + "\n";
}

bool mentions(const std::string& accept, const char* type) {
  return accept.find(type) != std::string::npos;
}

} // namespace

Response prometheusAnswer(const std::vector<Gauge>& gauges) {
  Response response;
  response.contentType = "text/plain; version=0.0.4; charset=utf-8";
  for (const Gauge& gauge : gauges) {
    if (gauge.samples.empty()) {
      continue;
    }
    response.body += "# HELP " + gauge.name + " " + gauge.help + "\n";
    response.body += "# TYPE " + gauge.name + " gauge\n";
    for (const Sample& sample : gauge.samples) {
      response.body += sampleLine(gauge.name, sample);
    }
  }
  return response;
}

bool wantsPrometheus(const Request& request, const Compatibility& compatibility) {
  const std::string accept = request.header("accept");
  if (!compatibility.includes(Release::v9_0) || !mentions(accept, "text/plain")) {
    return false;
  }
  return compatibility.exactly.has_value() || !mentions(accept, "application/json");
}

} // namespace sightline::http
