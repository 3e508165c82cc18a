#pragma once

#include <string>

namespace sightline {

// A place where a test lets the host die, as a decoder does that meets a camera it cannot bear:
// SIGHTLINE_FAILPOINT=abort-on-add:<camera_id> aborts the process whenever that camera is added.
// Nothing happens anywhere while the environment does not name one.
void passFailpoint(const std::string& name, const std::string& cameraId);

} // namespace sightline
