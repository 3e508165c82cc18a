#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace sightline {

// Nothing when it cannot be read, is no regular file, or is larger than limits::configFileBytesMax.
std::optional<std::string> readSmallFile(const std::filesystem::path& path);

} // namespace sightline
