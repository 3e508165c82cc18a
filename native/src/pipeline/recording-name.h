#pragma once

#include <string>

namespace sightline {

// "door.mkv", "door.ts": no path, nothing hidden, no control characters.
bool isRecordingName(const std::string& name);

} // namespace sightline
