#include "config-file.h"

#include "pipeline/limits.h"
#include "pipeline/small-file.h"
#include "pipeline/yaml-entries.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <limits>
#include <map>
#include <set>
#include <utility>

namespace sightline {

namespace {

const std::string bin = "multiurisrcbin";
const std::string application = "server-app-ctx";
const std::string modeKey = "rest-server.within_multiurisrcbin";

const std::set<std::string> groups{"rest-server", bin,       application,   "osd",      "tiler",
                                   "sink",        "encoder", "primary-gie", "analytics"};

[[noreturn]] void fail(const std::string& key, const std::string& allowed) {
  throw ConfigMistake(key + ": " + allowed);
}

int readNumber(const std::string& key, const std::string& text, int min, int max) {
  int number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end || number < min || number > max) {
    fail(key, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return number;
}

bool readFlag(const std::string& key, const std::string& text) {
  return readNumber(key, text, 0, 1) == 1;
}

unsigned readSide(const std::string& key, const std::string& text) {
  const auto side = static_cast<unsigned>(readNumber(key, text, 0, limits::outputSideMax));
  if (side != 0 && (side < limits::outputSideMin || side % 2 != 0)) {
    fail(key, "must be 0, for the size of the source, or an even number from " +
                  std::to_string(limits::outputSideMin) + " to " +
                  std::to_string(limits::outputSideMax));
  }
  return side;
}

VideoCodec readCodec(const std::string& key, const std::string& text) {
  constexpr std::array codecs{VideoCodec::h264, VideoCodec::h265, VideoCodec::mpeg4};
  return codecs.at(static_cast<std::size_t>(readNumber(key, text, 1, codecs.size()) - 1));
}

std::string readAddress(const std::string& key, const std::string& text) {
  const auto address = listenAddress(text);
  if (!address) {
    fail(key, "must be localhost or an IPv4 address");
  }
  return *address;
}

// "a, b" is "a" and "b"; an empty text is no item at all.
std::vector<std::string> splitList(const std::string& text) {
  constexpr auto blanks = " \t\r\n";
  std::vector<std::string> items;
  if (text.find_first_not_of(blanks) == std::string::npos) {
    return items;
  }
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string item = text.substr(begin, end - begin);
    const std::size_t first = std::min(item.find_first_not_of(blanks), item.size());
    items.push_back(item.substr(first, item.find_last_not_of(blanks) + 1 - first));
    begin = end + 1;
  }
  return items;
}

// Takes the values one by one; some have a meaning only together.
class Draft {
 public:
  Draft();
  void take(const YamlEntry& entry);
  HostConfig finish();

 private:
  using Take = std::function<void(const std::string& key, const std::string& value)>;

  void addHostKeys();
  void addSourceKeys();
  void addOutputKeys();
  // In both modes, and in the bin only.
  void addBoth(const std::string& inBin, const std::string& inApplication, const Take& take);
  void addToBin(const std::string& key, Take take) { takers_[bin + "." + key] = std::move(take); }
  void ignore(const std::string& key);
  void addStreams();
  std::string keyOf(const std::string& inBin, const std::string& inApplication) const;

  HostConfig config_;
  std::map<std::string, Take> takers_;
  std::set<std::string> taken_;
  std::vector<std::string> ignored_;
  // "127.0.0.1:9000" as the port outweighs the address beside it.
  std::optional<std::string> portAddress_;
  std::vector<std::string> urls_;
  std::vector<std::string> ids_;
  std::vector<std::string> names_;
};

Draft::Draft() {
  takers_[modeKey] = [this](const auto& key, const auto& value) {
    config_.withinMultiurisrcbin = readFlag(key, value);
  };
  addHostKeys();
  addSourceKeys();
  addOutputKeys();
}

void Draft::addBoth(const std::string& inBin, const std::string& inApplication, const Take& take) {
  addToBin(inBin, take);
  takers_[application + "." + inApplication] = take;
}

void Draft::addHostKeys() {
  addBoth("ip-address", "httpIp", [this](const auto& key, const auto& value) {
    config_.address = readAddress(key, value);
  });
  addBoth("port", "httpPort", [this](const auto& key, const auto& value) {
    constexpr int portMax = 65535;
    const std::size_t colon = value.find(':');
    const std::string port = value.substr(colon == std::string::npos ? 0 : colon + 1);
    if (port == "0") {
      fail(key, "must be from 1 to " + std::to_string(portMax) +
                    "; 0 would be no REST server, and then nothing could be controlled");
    }
    config_.port = readNumber(key, port, 1, portMax);
    if (colon != std::string::npos) {
      portAddress_ = readAddress(key, value.substr(0, colon));
    }
  });
  addBoth("drop-pipeline-eos", "drop_pipeline_eos", [this](const auto& key, const auto& value) {
    config_.endsWithSources = !readFlag(key, value);
  });
}

void Draft::addSourceKeys() {
  BackendSetup& backend = config_.backend;
  addBoth("uri-list", "uri_list",
          [this](const auto&, const auto& value) { urls_ = splitList(value); });
  addToBin("sensor-id-list", [this](const auto&, const auto& value) { ids_ = splitList(value); });
  addToBin("sensor-name-list",
           [this](const auto&, const auto& value) { names_ = splitList(value); });
  addBoth("max-batch-size", "maxBatchSize", [&backend](const auto& key, const auto& value) {
    backend.maxSources = readNumber(key, value, 1, limits::sourcesMax);
  });
  addBoth("batched-push-timeout", "batched_push_timeout",
          [&backend](const auto& key, const auto& value) {
            backend.batchedPushTimeout =
                BatchedPushTimeout{readNumber(key, value, -1, std::numeric_limits<int>::max())};
          });
  addBoth("live-source", "live_source", [&backend](const auto& key, const auto& value) {
    backend.liveSource = readFlag(key, value);
  });
  addToBin("rtsp-reconnect-interval", [&backend](const auto& key, const auto& value) {
    backend.reconnection.interval =
        std::chrono::seconds(readNumber(key, value, 0, limits::reconnectIntervalMax.count()));
  });
  addToBin("rtsp-reconnect-attempts", [&backend](const auto& key, const auto& value) {
    const int attempts = readNumber(key, value, -1, std::numeric_limits<int>::max());
    backend.reconnection.attemptsMax = attempts < 0 ? std::nullopt : std::optional(attempts);
  });
}

void Draft::addOutputKeys() {
  BackendSetup& backend = config_.backend;
  addBoth("width", "pipeline_width", [&backend](const auto& key, const auto& value) {
    backend.outputSize.width = readSide(key, value);
  });
  addBoth("height", "pipeline_height", [&backend](const auto& key, const auto& value) {
    backend.outputSize.height = readSide(key, value);
  });
  addToBin("disable-passthrough", [&backend](const auto& key, const auto& value) {
    backend.converts = readFlag(key, value);
  });
  takers_["osd.process-mode"] = [this](const auto& key, const auto& value) {
    const bool isGpu = readFlag(key, value);
    config_.backend.osdProcessor = isGpu ? OsdProcessor::gpu : OsdProcessor::cpu;
    if (isGpu) {
      config_.warnings.push_back(key +
                                 " 1 wants a GPU; in software nothing is drawn until it is 0");
    }
  };
  takers_["osd.display-text"] = [&backend](const auto& key, const auto& value) {
    backend.labels = readFlag(key, value);
  };
  takers_["encoder.enable"] = [&backend](const auto& key, const auto& value) {
    backend.encodes = readFlag(key, value);
  };
  takers_["encoder.codec"] = [&backend](const auto& key, const auto& value) {
    backend.codec = readCodec(key, value);
  };
}

void Draft::take(const YamlEntry& entry) {
  const std::string& group = entry.keys.front();
  if (group == (config_.withinMultiurisrcbin ? application : bin)) {
    return;
  }
  if (entry.keys.size() == 1) {
    if (groups.contains(group) && entry.value != "") {
      fail(group, "must be a group of keys");
    }
    if (!groups.contains(group)) {
      ignore(group);
    }
    return;
  }
  const std::string key = group + "." + entry.keys[1];
  const auto taker = takers_.find(key);
  if (taker == takers_.end()) {
    ignore(key);
    return;
  }
  if (entry.keys.size() > 2 || !entry.value) {
    fail(key, "must be a single value");
  }
  if (!taken_.insert(key).second) {
    fail(key, "must not be there twice");
  }
  taker->second(key, *entry.value);
}

void Draft::ignore(const std::string& key) {
  // One that holds others comes once for each of them.
  if (std::find(ignored_.begin(), ignored_.end(), key) == ignored_.end()) {
    ignored_.push_back(key);
  }
}

std::string Draft::keyOf(const std::string& inBin, const std::string& inApplication) const {
  return config_.withinMultiurisrcbin ? bin + "." + inBin : application + "." + inApplication;
}

void Draft::addStreams() {
  const std::string key = keyOf("uri-list", "uri_list");
  if (!config_.withinMultiurisrcbin && urls_.size() > 1) {
    fail(key, "must be a single URI in this mode");
  }
  for (const auto& [list, items] :
       {std::pair("sensor-id-list", &ids_), std::pair("sensor-name-list", &names_)}) {
    if (items->size() > urls_.size()) {
      fail(bin + "." + list, "must not be longer than uri-list");
    }
  }
  std::set<std::string> ids;
  for (std::size_t at = 0; at < urls_.size(); ++at) {
    AddStream stream;
    stream.url = urls_[at];
    stream.cameraId = at < ids_.size() ? ids_[at] : "";
    stream.cameraName = at < names_.size() ? names_[at] : "";
    stream.requestId = "configuration file";
    if (stream.cameraId.empty()) {
      stream.cameraId = "uri-list-" + std::to_string(at + 1);
    }
    if (stream.url.empty() || stream.url.size() > limits::cameraUrlBytesMax) {
      fail(key, "each URI must have 1 to " + std::to_string(limits::cameraUrlBytesMax) +
                    " characters; there is no comma at the end");
    }
    if (stream.cameraId.size() > limits::cameraIdBytesMax || !ids.insert(stream.cameraId).second) {
      fail(bin + ".sensor-id-list", "each id must be there once and have at most " +
                                        std::to_string(limits::cameraIdBytesMax) + " characters");
    }
    if (stream.cameraName.size() > limits::cameraNameBytesMax) {
      fail(bin + ".sensor-name-list", "each name must have at most " +
                                          std::to_string(limits::cameraNameBytesMax) +
                                          " characters");
    }
    config_.streams.push_back(std::move(stream));
  }
}

HostConfig Draft::finish() {
  const PictureSize& size = config_.backend.outputSize;
  if ((size.width == 0) != (size.height == 0)) {
    fail(keyOf("width", "pipeline_width"),
         "must be 0 exactly when " + keyOf("height", "pipeline_height") + " is");
  }
  if (portAddress_) {
    config_.address = *portAddress_;
  }
  addStreams();
  if (!ignored_.empty()) {
    std::string text = "without meaning here: ";
    for (const std::string& key : ignored_) {
      text += key + (&key == &ignored_.back() ? "" : ", ");
    }
    config_.warnings.push_back(std::move(text));
  }
  return std::move(config_);
}

} // namespace

std::optional<std::string> listenAddress(const std::string& text) {
  if (text == "localhost") {
    return "127.0.0.1";
  }
  in_addr parsed{};
  // civetweb comes without IPv6 in Debian.
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ? std::optional(text) : std::nullopt;
}

HostConfig parseConfigFile(const std::string& text) {
  std::vector<YamlEntry> entries;
  try {
    entries = readYamlEntries(text);
  } catch (const BadYaml& bad) {
    throw ConfigMistake(std::string("must be YAML: ") + bad.what());
  }
  if (entries.empty()) {
    throw ConfigMistake("must not be empty");
  }
  // The mode says which of the groups counts.
  std::stable_partition(entries.begin(), entries.end(), [](const YamlEntry& entry) {
    return entry.keys.front() == modeKey.substr(0, modeKey.find('.'));
  });
  Draft draft;
  std::for_each(entries.begin(), entries.end(), [&](const auto& entry) { draft.take(entry); });
  return draft.finish();
}

HostConfig readConfigFile(const std::string& path) {
  const auto text = readSmallFile(path);
  if (!text) {
    throw ConfigMistake(path + ": must be a regular file that can be read and has at most " +
                        std::to_string(limits::configFileBytesMax) + " bytes");
  }
  try {
    return parseConfigFile(*text);
  } catch (const ConfigMistake& mistake) {
    throw ConfigMistake(path + ": " + mistake.what());
  }
}

} // namespace sightline
