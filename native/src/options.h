#pragma once

#include "backend.h"
#include "config-file.h"
#include "http/compatibility.h"
#include "pipeline/source-rule.h"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sightline {

struct Options {
  // Of the file, and of the options that outweigh it.
  HostConfig config;
  int rtspPort = 8555;
  std::optional<std::string> token;
  std::optional<std::string> mediaDir;
  std::optional<std::string> sourceCa;
  std::vector<AllowedSource> allowedSources;
  std::vector<std::string> allowedOrigins;
  std::vector<std::string> endpointPlugins;
  http::Compatibility compatibility;
  BackendKind backend = BackendKind::automatic;
  bool exitWithParent = false;
};

// The process ends with this text and code at once: help, version, or a mistake in the options.
struct OptionsEnd {
  int exitCode = 0;
  std::string text;
};

// Reads the token file and the configuration file as well.
std::variant<Options, OptionsEnd> parseOptions(const std::vector<std::string>& arguments);

} // namespace sightline
