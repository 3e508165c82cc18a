#include "http/endpoint-plugin.h"

#include "http/plugin-endpoint.h"
#include "pipeline/log.h"

#include <algorithm>
#include <cctype>
#include <dlfcn.h>
#include <filesystem>

namespace sightline::http {

namespace {

bool isMethod(const std::string& method) {
  return method == "GET" || method == "POST" || method == "PUT" || method == "DELETE";
}

// Nothing that a client would have to encode, and a * only at the end.
bool isPath(const std::string& path) {
  const std::string begin = path.ends_with('*') ? path.substr(0, path.size() - 1) : path;
  return begin.starts_with('/') && std::all_of(begin.begin(), begin.end(), [](unsigned char at) {
           return std::isalnum(at) ||
                  std::string_view("/-._~").find(static_cast<char>(at)) != std::string_view::npos;
         });
}

std::string reasonOfLoader() {
  const char* text = dlerror();
  return text != nullptr ? text : "it cannot be loaded";
}

} // namespace

EndpointPlugin::EndpointPlugin(std::string file) : file_(std::move(file)) {
  // With a slash in its name, it is not looked for in the folders of system libraries.
  std::error_code ignored;
  const std::filesystem::path path = std::filesystem::absolute(file_, ignored);
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    throw error(reasonOfLoader());
  }
  const auto entry = reinterpret_cast<decltype(&sightline_endpoint_plugin)>(
      dlsym(library, "sightline_endpoint_plugin"));
  if (entry == nullptr) {
    throw error("it has no symbol sightline_endpoint_plugin");
  }
  try {
    plugin_ = entry();
  } catch (...) {
    throw error("it threw an exception when it was asked for its endpoints");
  }
  check();
}

PluginError EndpointPlugin::error(const std::string& text) const {
  return PluginError("cannot use the endpoint plugin " + file_ + ": " + text);
}

void EndpointPlugin::check() const {
  if (plugin_ == nullptr) {
    throw error("it refuses to be loaded");
  }
  if (plugin_->abi != SIGHTLINE_ENDPOINT_PLUGIN_ABI) {
    throw error("it was built for version " + std::to_string(plugin_->abi) +
                " of endpoint-plugin.h, this host has version " +
                std::to_string(SIGHTLINE_ENDPOINT_PLUGIN_ABI));
  }
  if (plugin_->name == nullptr || plugin_->endpoints == nullptr || plugin_->endpoint_count == 0 ||
      (plugin_->elements == nullptr && plugin_->element_count != 0)) {
    throw error("its name, its endpoints or its elements are missing");
  }
  for (gsize at = 0; at < plugin_->endpoint_count; ++at) {
    check(plugin_->endpoints[at]);
  }
  for (gsize at = 0; at < plugin_->element_count; ++at) {
    if (plugin_->elements[at] == nullptr) {
      throw error("one of its elements has no name");
    }
  }
}

void EndpointPlugin::check(const SightlineEndpoint& endpoint) const {
  if (endpoint.method == nullptr || endpoint.path == nullptr || endpoint.handle == nullptr ||
      (endpoint.parse == nullptr) != (endpoint.release == nullptr)) {
    throw error("an endpoint lacks its method, path or callback, or one of parser and release");
  }
  if (!isMethod(endpoint.method)) {
    throw error(std::string("the method ") + endpoint.method +
                " is none of GET, POST, PUT and DELETE");
  }
  if (!isPath(endpoint.path)) {
    throw error(std::string("the path ") + endpoint.path +
                " is not of letters, digits and /-._~, with a * at most at its end");
  }
  if (familyOf(endpoint.path) == Family::sightline) {
    throw error(std::string("the path ") + endpoint.path +
                " is below /api/v1/sightline, where only the host's own are");
  }
}

std::vector<std::string> EndpointPlugin::elements() const {
  return {plugin_->elements, plugin_->elements + plugin_->element_count};
}

void EndpointPlugin::addTo(EndpointTable& table, const Host& host) const {
  EndpointTable added;
  for (gsize at = 0; at < plugin_->endpoint_count; ++at) {
    const SightlineEndpoint& endpoint = plugin_->endpoints[at];
    const auto overlaps = [&](const Endpoint& other) {
      return doOverlap(other.pattern, endpoint.path);
    };
    // A path may have several methods, but not of several plugins: one could not tell whose it is.
    if (std::any_of(table.begin(), table.end(), overlaps) ||
        std::any_of(added.begin(), added.end(), [&](const Endpoint& other) {
          return overlaps(other) && other.method == endpoint.method;
        })) {
      throw error(std::string("the path ") + endpoint.path + " is taken");
    }
    added.push_back({endpoint.method, endpoint.path, Family::deepstream,
                     PluginEndpoint(endpoint, plugin_->name, host)});
  }
  for (const Endpoint& endpoint : added) {
    logInfo("host", "endpoint " + endpoint.method + " " + endpoint.pattern + " of the plugin " +
                        plugin_->name);
  }
  table.insert(table.end(), added.begin(), added.end());
}

std::vector<EndpointPlugin> loadEndpointPlugins(const std::vector<std::string>& files) {
  std::vector<EndpointPlugin> plugins;
  plugins.reserve(files.size());
  for (const std::string& file : files) {
    plugins.emplace_back(file);
  }
  return plugins;
}

} // namespace sightline::http
