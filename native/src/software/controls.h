#pragma once

#include "pipeline/backend-setup.h"

#include <vector>

namespace sightline {

// What a backend of this setup can set while it runs.
std::vector<ControlEntry> controlsOf(const BackendSetup& setup);

} // namespace sightline
