#include "pipeline/small-file.h"

#include "pipeline/limits.h"

#include <fstream>
#include <iterator>

namespace sightline {

namespace fs = std::filesystem;

std::optional<std::string> readSmallFile(const fs::path& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error) ||
      fs::file_size(path, error) > limits::configFileBytesMax || error) {
    return std::nullopt;
  }
  std::ifstream stream(path, std::ios::binary);
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  return stream.bad() || !stream.is_open() ? std::nullopt : std::optional(std::move(text));
}

} // namespace sightline
