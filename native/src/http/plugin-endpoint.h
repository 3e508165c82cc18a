#pragma once

#include "http/endpoint.h"
#include "http/routes.h"

#include <sightline/endpoint-plugin.h>

#include <string>

namespace sightline::http {

// Asks one endpoint of a plugin. What it answers is the status on the wire, also for clients of
// `--wire-status always-200`: so it is with custom endpoints of DeepStream.
class PluginEndpoint {
 public:
  // `endpoint` stays where it is; `plugin` is the name for the log.
  PluginEndpoint(const SightlineEndpoint& endpoint, std::string plugin, Host host)
      : endpoint_(&endpoint), plugin_(std::move(plugin)), host_(std::move(host)) {}

  // An exception, or no answer, of the plugin is a 500.
  Response operator()(const Request& request) const;

 private:
  Response ask(const Request& request) const;
  Response failed(const std::string& why, const Request& request) const;

  const SightlineEndpoint* endpoint_;
  std::string plugin_;
  Host host_;
};

} // namespace sightline::http
