#include "stub-log.h"

#include <cstdlib>
#include <fstream>
#include <mutex>

namespace stubs {

void record(const std::string& line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  if (const char* path = std::getenv("SIGHTLINE_STUB_LOG")) {
    std::ofstream(path, std::ios::app) << line << "\n";
  }
}

bool isLacking(const std::string& name) {
  const char* list = std::getenv("SIGHTLINE_STUB_LACKS");
  return list != nullptr &&
         ("," + std::string(list) + ",").find("," + name + ",") != std::string::npos;
}

} // namespace stubs
