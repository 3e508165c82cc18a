#pragma once

#include "pipeline/backend-setup.h"

#include <stdexcept>
#include <string>
#include <vector>

namespace sightline {

// What the configuration file may say; what it does not say, and all of it without a file, is as
// here.
struct HostConfig {
  // DeepStream's mode: its REST server is part of the source bin, else of the application.
  bool withinMultiurisrcbin = true;
  std::string address = "127.0.0.1";
  int port = 9000;
  BackendSetup backend;
  // To be added at the start, in this order.
  std::vector<AddStream> streams;
  bool endsWithSources = false;
  // For the log: what has no meaning here.
  std::vector<std::string> warnings;
};

// what() names the key and what is allowed, and never the value.
struct ConfigMistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// DeepStream's dsserver_config.yml. [DeepStream 7.1 to 9.1, deepstream-server-app]
HostConfig parseConfigFile(const std::string& text);
// The mistake begins with the path.
HostConfig readConfigFile(const std::string& path);

// "localhost", or an IPv4 address; nothing when the text is neither.
std::optional<std::string> listenAddress(const std::string& text);

} // namespace sightline
