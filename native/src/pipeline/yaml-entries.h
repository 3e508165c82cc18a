#pragma once

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace sightline {

// One value of a YAML file, with the keys that lead to it from the outermost on.
struct YamlEntry {
  std::vector<std::string> keys;
  // Empty for a key without a value; nothing for a list, whose items are left out.
  std::optional<std::string> value;
};

// The text is no YAML, or more than we read. what() says where, and never what stands there: a
// value may be a URL with a password.
struct BadYaml : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// All values in their order. Aliases are refused, with which a small file can stand for a huge one;
// so are keys that are no plain words.
std::vector<YamlEntry> readYamlEntries(const std::string& text);

} // namespace sightline
