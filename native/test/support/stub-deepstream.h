#pragma once

#include <string>
#include <vector>

namespace test {

// Loads the elements that stand in for DeepStream's into this process, once.
void loadStubs();

// What the stubs write down from now on. Only one at a time, made before the backend and living
// longer.
class StubLog {
 public:
  StubLog();
  ~StubLog();
  StubLog(const StubLog&) = delete;
  StubLog& operator=(const StubLog&) = delete;

  const std::string& path() const { return path_; }
  std::vector<std::string> lines() const;
  // Lines that begin so.
  int count(const std::string& beginning) const;

 private:
  std::string path_;
};

// The folder of the plugin, for GST_PLUGIN_PATH.
std::string stubFolder();

} // namespace test
