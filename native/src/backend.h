#pragma once

#include "gstreamer/rtsp-server.h"
#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/source-rule.h"

#include <memory>

namespace sightline {

enum class BackendKind { automatic, software, deepstream };

struct BackendPlace {
  const SourceRule& rule;
  EventLog& events;
  RtspServer& rtsp;
};

// DeepStream when all of it is here and starts, else software; null when the one that was asked for
// cannot be. The log says what was chosen and why.
std::unique_ptr<Control> makeBackend(BackendKind kind, BackendSetup setup,
                                     const BackendPlace& place);

} // namespace sightline
