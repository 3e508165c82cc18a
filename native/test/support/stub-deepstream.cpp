#include "support/stub-deepstream.h"

#include "support/process.h"

#include <gst/gst.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace test {

std::string stubFolder() {
  const std::string path = DEEPSTREAM_STUBS;
  return path.substr(0, path.rfind('/'));
}

void loadStubs() {
  static GstPlugin* plugin = gst_plugin_load_file(DEEPSTREAM_STUBS, nullptr);
  if (plugin == nullptr) {
    throw std::runtime_error("the stubs do not load");
  }
}

StubLog::StubLog() {
  static int number = 0;
  path_ = writeFile("stubs-" + std::to_string(++number) + ".log", "");
  setenv("SIGHTLINE_STUB_LOG", path_.c_str(), 1);
}

StubLog::~StubLog() {
  unsetenv("SIGHTLINE_STUB_LOG");
}

std::vector<std::string> StubLog::lines() const {
  std::ifstream file(path_);
  std::vector<std::string> result;
  for (std::string line; std::getline(file, line);) {
    result.push_back(line);
  }
  return result;
}

int StubLog::count(const std::string& beginning) const {
  const auto all = lines();
  return static_cast<int>(std::count_if(all.begin(), all.end(), [&](const std::string& line) {
    return line.starts_with(beginning);
  }));
}

} // namespace test
