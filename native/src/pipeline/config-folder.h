#pragma once

#include <optional>
#include <string>

namespace sightline {

// The one folder from which tracker and analytics files may be read: a request names files, and
// without this it could probe the whole box.
class ConfigFolder {
 public:
  // Without a path there are no files.
  explicit ConfigFolder(std::optional<std::string> path) : path_(std::move(path)) {}

  // Its path, links followed; nothing when it is not there, no file, or not below the folder.
  std::optional<std::string> find(const std::string& path) const;
  // Nothing when it cannot be found so or is no small regular file.
  std::optional<std::string> read(const std::string& path) const;
  // The analytics file of the folder, by DeepStream's name for it.
  std::optional<std::string> readAnalytics() const;

 private:
  const std::optional<std::string> path_;
};

} // namespace sightline
