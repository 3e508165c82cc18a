#include "backend.h"

#include "deepstream/backend.h"
#include "deepstream/capabilities.h"
#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "pipeline/log.h"
#include "software/backend.h"

#include <utility>

namespace sightline {

namespace {

// Why DeepStream cannot be the backend; empty when it can.
std::string obstacle(const BackendSetup& setup) {
  const std::string missing = deepstream::missingElements(setup, canLoad);
  if (!missing.empty()) {
    const std::string found = deepstream::foundVersions(setup);
    return "DeepStream is not here: missing or not loading are " + missing +
           "; found: " + (found.empty() ? "nothing" : found);
  }
  return deepstream::canEncode(setup.codec) ? ""
                                            : "DeepStream encodes H.264 and H.265, and no MPEG-4";
}

std::unique_ptr<Control> makeSoftware(BackendSetup setup, const BackendPlace& place) {
  const std::string missing = loadElements();
  if (!missing.empty()) {
    logError("host", "GStreamer elements are missing: " + missing);
    return nullptr;
  }
  if (setup.encodes && !isAvailable(setup.codec)) {
    logError("host",
             std::string("encoder.codec: there is no encoder here for ") + codecName(setup.codec));
    return nullptr;
  }
  logInfo("host", "backend software");
  return std::make_unique<SoftwareBackend>(std::move(setup), place.rule, place.events, place.rtsp);
}

} // namespace

std::unique_ptr<Control> makeBackend(BackendKind kind, BackendSetup setup,
                                     const BackendPlace& place) {
  if (kind == BackendKind::software) {
    return makeSoftware(std::move(setup), place);
  }
  const std::string why = obstacle(setup);
  if (why.empty()) {
    logInfo("host",
            "backend deepstream (untested on hardware), " + deepstream::foundVersions(setup));
    if (auto backend = deepstream::Backend::start(setup, {place.rule, place.events, place.rtsp})) {
      return backend;
    }
  } else {
    log(kind == BackendKind::deepstream ? LogLevel::error : LogLevel::info, "host", why);
  }
  return kind == BackendKind::deepstream ? nullptr : makeSoftware(std::move(setup), place);
}

} // namespace sightline
