#include "pipeline/failpoint.h"

#include "pipeline/log.h"

#include <cstdlib>

namespace sightline {

void passFailpoint(const std::string& name, const std::string& cameraId) {
  static const char* const wanted = std::getenv("SIGHTLINE_FAILPOINT");
  if (wanted != nullptr && wanted == name + ":" + cameraId) {
    logError("host", std::string("SIGHTLINE_FAILPOINT is reached: ") + wanted);
    std::abort();
  }
}

} // namespace sightline
