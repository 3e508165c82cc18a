#include "pipeline/config-folder.h"

#include "pipeline/small-file.h"

#include <algorithm>
#include <filesystem>

namespace sightline {

namespace fs = std::filesystem;

std::optional<std::string> ConfigFolder::find(const std::string& path) const {
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
      !error && fs::is_regular_file(file, error) &&
      std::mismatch(folder.begin(), folder.end(), file.begin(), file.end()).first == folder.end();
  return inside ? std::optional(file.string()) : std::nullopt;
}

std::optional<std::string> ConfigFolder::read(const std::string& path) const {
  const auto file = find(path);
  return file ? readSmallFile(*file) : std::nullopt;
}

std::optional<std::string> ConfigFolder::readAnalytics() const {
  return read("config_nvdsanalytics.txt");
}

} // namespace sightline
