#pragma once

#include <optional>
#include <string>

namespace sightline::vision {

// The one folder from which tracker and analytics files may be read: a request names files, and
// without this it could probe the whole box.
class ConfigFolder {
 public:
  // Without a path there are no files.
  explicit ConfigFolder(std::optional<std::string> path) : path_(std::move(path)) {}

  // Nothing when the file is not below the folder, links followed, or is no small regular file.
  std::optional<std::string> read(const std::string& path) const;
  // The analytics file of the folder, by DeepStream's name for it.
  std::optional<std::string> readAnalytics() const;

 private:
  const std::optional<std::string> path_;
};

} // namespace sightline::vision
