#include "options.h"

#include "http/guard.h"
#include "pipeline/limits.h"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <sstream>
#include <stdexcept>
#include <sys/stat.h>

namespace sightline {

namespace {

constexpr auto help = R"(sightline-pipeline: video streams, controlled over DeepStream's REST API

  --config FILE          DeepStream's dsserver_config.yml; the options here win over it
  --port N               HTTP port, 0 for a free one (9000)
  --address ADDR         IPv4 address to listen on; beyond loopback every route wants the token
                         (127.0.0.1)
  --token-file FILE      bearer token of the additive routes; a file that only its owner can read
  --rtsp-port N          RTSP port of the outputs on 127.0.0.1, 0 for a free one (8555)
  --max-sources N        streams at most (64)
  --media-dir DIR        file:// sources must be below it; without it there are none
  --analytics-dir DIR    tracker and analytics files must be in it; without it there are none
  --recordings-dir DIR   recordings are written into it; without it there are none
  --source-ca FILE       certificate authorities (PEM) that rtsps:// sources may be signed by,
                         besides those of the system
  --allow-source A:P     a loopback or link-local source that may be used all the same; repeatable
  --allow-origin ORIGIN  web pages of this origin may ask, as http://box.example:8080; * is any page
                         that a browser on this machine shows; repeatable
  --endpoint-plugin FILE a shared library that adds endpoints, see docs/custom-endpoints.md; it is
                         trusted like the host itself; repeatable
  --profile RELEASE      be exactly DeepStream 7.1, 8.0 or 9.1 (7.1 with what 8 and 9 have added)
  --wire-status HOW      body: the status on the wire is the one in the body; always-200: as
                         NVIDIA's server, 200 for every outcome (body)
  --backend KIND         auto: DeepStream when all of it is here, else software; or one of
                         software and deepstream, and no other (auto)
  --preprocess-config FILE, --infer-config FILE, --tracker-config FILE, --nvdsanalytics-config FILE
                         of DeepStream's elements; one without a file is left out
  --exit-with-parent     end at the end of standard input, whose other end the parent process holds
  --help, --version
)";

struct Mistake : std::runtime_error {
  using std::runtime_error::runtime_error;
};

int parseNumber(const std::string& name, const std::string& text, int min, int max) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < min || number > max) {
    throw Mistake(name + " must be a number from " + std::to_string(min) + " to " +
                  std::to_string(max));
  }
  return number;
}

std::string readToken(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    throw Mistake("the token file " + path + " cannot be read");
  }
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
    throw Mistake("the token file " + path + " must be readable by its owner only (chmod 600)");
  }
  std::ifstream file(path);
  std::string token;
  file >> token;
  if (token.empty()) {
    throw Mistake("the token file " + path + " is empty or cannot be read");
  }
  return token;
}

std::string readFolder(const std::string& name, const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw Mistake(name + " " + path + " is not a folder");
  }
  return path;
}

std::string readPluginFile(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Mistake("--endpoint-plugin " + path + " is not a file");
  }
  return path;
}

AllowedSource readAllowedSource(const std::string& text) {
  const auto source = AllowedSource::parse(text);
  if (!source) {
    throw Mistake("--allow-source " + text + " is not an address and a port, as 127.0.0.1:8554");
  }
  return *source;
}

std::string readOrigin(const std::string& text) {
  if (!http::isOrigin(text)) {
    throw Mistake("--allow-origin " + text +
                  " is no origin, as http://box.example:8080, and not *");
  }
  return text;
}

http::Release readProfile(const std::string& text) {
  using http::Release;
  const std::map<std::string, Release> releases{
      {"7.1", Release::v7_1}, {"8.0", Release::v8_0}, {"9.1", Release::v9_1}};
  const auto release = releases.find(text);
  if (release == releases.end()) {
    throw Mistake("--profile must be 7.1, 8.0 or 9.1");
  }
  return release->second;
}

http::WireStatus readWireStatus(const std::string& text) {
  if (text != "body" && text != "always-200") {
    throw Mistake("--wire-status must be body or always-200");
  }
  return text == "body" ? http::WireStatus::body : http::WireStatus::always200;
}

BackendKind readBackend(const std::string& text) {
  const std::map<std::string, BackendKind> kinds{{"auto", BackendKind::automatic},
                                                 {"software", BackendKind::software},
                                                 {"deepstream", BackendKind::deepstream}};
  const auto kind = kinds.find(text);
  if (kind == kinds.end()) {
    throw Mistake("--backend must be auto, software or deepstream");
  }
  return kind->second;
}

std::string readFile(const std::string& name, const std::string& path) {
  if (!std::ifstream(path)) {
    throw Mistake(name + " " + path + " cannot be read");
  }
  return path;
}

std::string readAddress(const std::string& text) {
  const auto address = text == "localhost" ? std::nullopt : listenAddress(text);
  if (!address) {
    throw Mistake("--address " + text + " is not an IPv4 address");
  }
  return *address;
}

using Take = std::function<void(const std::string&)>;

std::map<std::string, Take> fileTakersFor(ElementFiles& files) {
  const auto take = [](const char* name, std::optional<std::string>& target) {
    return std::pair<std::string, Take>(
        name, [name, &target](const auto& text) { target = readFile(name, text); });
  };
  return {take("--preprocess-config", files.preprocess), take("--infer-config", files.infer),
          take("--tracker-config", files.tracker), take("--nvdsanalytics-config", files.analytics)};
}

// What each option with a value does to the options.
std::map<std::string, Take> takersFor(Options& options) {
  constexpr int portMax = 65535;
  HostConfig& config = options.config;
  return {
      // Read before all others.
      {"--config", [](const auto&) {}},
      {"--port", [&](const auto& text) { config.port = parseNumber("--port", text, 0, portMax); }},
      {"--rtsp-port",
       [&](const auto& text) { options.rtspPort = parseNumber("--rtsp-port", text, 0, portMax); }},
      {"--max-sources",
       [&](const auto& text) {
         config.backend.maxSources = parseNumber("--max-sources", text, 1, limits::sourcesMax);
       }},
      {"--address", [&](const auto& text) { config.address = readAddress(text); }},
      {"--token-file", [&](const auto& text) { options.token = readToken(text); }},
      {"--media-dir",
       [&](const auto& text) { options.mediaDir = readFolder("--media-dir", text); }},
      {"--analytics-dir",
       [&](const auto& text) {
         config.backend.analyticsDir = readFolder("--analytics-dir", text);
       }},
      {"--recordings-dir",
       [&](const auto& text) {
         config.backend.recordingsDir = readFolder("--recordings-dir", text);
       }},
      {"--source-ca",
       [&](const auto& text) { options.sourceCa = std::filesystem::absolute(text).string(); }},
      {"--allow-source",
       [&](const auto& text) { options.allowedSources.push_back(readAllowedSource(text)); }},
      {"--allow-origin",
       [&](const auto& text) { options.allowedOrigins.push_back(readOrigin(text)); }},
      {"--endpoint-plugin",
       [&](const auto& text) { options.endpointPlugins.push_back(readPluginFile(text)); }},
      {"--profile", [&](const auto& text) { options.compatibility.exactly = readProfile(text); }},
      {"--wire-status",
       [&](const auto& text) { options.compatibility.wireStatus = readWireStatus(text); }},
      {"--backend", [&](const auto& text) { options.backend = readBackend(text); }},
  };
}

using Given = std::vector<std::pair<std::string, std::string>>;

// The options that have a value, each with it.
Given pairUp(const std::vector<std::string>& arguments, const std::map<std::string, Take>& valued,
             Options& options) {
  Given given;
  for (auto at = arguments.begin(); at != arguments.end(); ++at) {
    if (*at == "--exit-with-parent") {
      options.exitWithParent = true;
      continue;
    }
    // Both "--port 9000" and "--port=9000".
    const std::size_t equals = at->find('=');
    const std::string name = at->substr(0, equals);
    if (!valued.contains(name)) {
      throw Mistake("unknown option " + *at + "; --help lists them");
    }
    if (equals != std::string::npos) {
      given.emplace_back(name, at->substr(equals + 1));
    } else if (std::next(at) == arguments.end()) {
      throw Mistake(*at + " wants a value");
    } else {
      given.emplace_back(name, *++at);
    }
  }
  return given;
}

Options parse(const std::vector<std::string>& arguments) {
  Options options;
  std::map<std::string, Take> valued = takersFor(options);
  valued.merge(fileTakersFor(options.config.backend.elementFiles));
  const Given given = pairUp(arguments, valued, options);
  for (const auto& [name, value] : given) {
    if (name == "--config") {
      options.config = readConfigFile(value);
    }
  }
  for (const auto& [name, value] : given) {
    valued.at(name)(value);
  }
  const HostConfig& config = options.config;
  options.compatibility.withinMultiurisrcbin = config.withinMultiurisrcbin;
  if (!http::isLoopbackAddress(config.address) && !options.token) {
    throw Mistake("beyond loopback a --token-file is required");
  }
  if (config.streams.size() > static_cast<std::size_t>(config.backend.maxSources)) {
    throw Mistake("uri-list must not be longer than max-batch-size or --max-sources, which is " +
                  std::to_string(config.backend.maxSources));
  }
  const SourceRule rule(options.allowedSources, options.mediaDir);
  for (std::size_t at = 0; at < config.streams.size(); ++at) {
    const auto url = rule.read(config.streams[at].url);
    if (const auto* refusal = std::get_if<StreamError>(&url)) {
      throw Mistake("uri-list: URI " + std::to_string(at + 1) + ": " + refusal->text);
    }
  }
  return options;
}

} // namespace

std::variant<Options, OptionsEnd> parseOptions(const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (argument == "--help") {
      return OptionsEnd{0, help};
    }
    if (argument == "--version") {
      return OptionsEnd{0, std::string("sightline-pipeline ") + SIGHTLINE_VERSION + "\n"};
    }
  }
  try {
    return parse(arguments);
  } catch (const std::runtime_error& mistake) {
    return OptionsEnd{1, std::string("sightline-pipeline: ") + mistake.what() + "\n"};
  }
}

} // namespace sightline
