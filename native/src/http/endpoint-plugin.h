// The shared libraries that add endpoints, and what is asked of them before the host starts.
#pragma once

#include "http/endpoint.h"
#include "http/routes.h"

#include <sightline/endpoint-plugin.h>

#include <stdexcept>
#include <string>
#include <vector>

namespace sightline::http {

// One line that names the plugin's file and says what is wrong; the host does not start then.
struct PluginError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Stays loaded until the process ends: GStreamer forgets no type of element.
class EndpointPlugin {
 public:
  // Throws PluginError.
  explicit EndpointPlugin(std::string file);

  std::vector<std::string> elements() const;
  // Throws PluginError when one of its paths is not free. `host` is copied into the handlers.
  void addTo(EndpointTable& table, const Host& host) const;
  PluginError error(const std::string& text) const;

 private:
  void check() const;
  void check(const SightlineEndpoint& endpoint) const;

  const std::string file_;
  const SightlineEndpointPlugin* plugin_ = nullptr;
};

// Throws PluginError.
std::vector<EndpointPlugin> loadEndpointPlugins(const std::vector<std::string>& files);

} // namespace sightline::http
