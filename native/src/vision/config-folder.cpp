#include "vision/config-folder.h"

#include "pipeline/limits.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace sightline::vision {

namespace fs = std::filesystem;

std::optional<std::string> ConfigFolder::read(const std::string& path) const {
  if (!path_ || path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  std::error_code error;
  const fs::path folder = fs::canonical(*path_, error);
  if (error) {
    return std::nullopt;
  }
  // A relative path is one of this folder, not of where the host was started.
  const fs::path file = fs::canonical(folder / path, error);
  const bool inside =
      !error &&
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
  if (!inside || !fs::is_regular_file(file, error) ||
      fs::file_size(file, error) > limits::configFileBytesMax || error) {
    return std::nullopt;
  }
  std::ifstream stream(file, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  return stream.bad() || !stream.is_open() ? std::nullopt : std::optional(std::move(text));
}

std::optional<std::string> ConfigFolder::readAnalytics() const {
  return read("config_nvdsanalytics.txt");
}

} // namespace sightline::vision
