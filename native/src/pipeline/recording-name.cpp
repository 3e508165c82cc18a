#include "pipeline/recording-name.h"

#include "pipeline/limits.h"

#include <algorithm>

namespace sightline {

bool isRecordingName(const std::string& name) {
  const bool isPlain = std::none_of(name.begin(), name.end(), [](unsigned char character) {
    return character < 0x20 || character == 0x7f || character == '/' || character == '\\';
  });
  return isPlain && !name.starts_with('.') && name.size() <= limits::recordingNameBytesMax &&
         (name.ends_with(".mkv") || name.ends_with(".ts"));
}

} // namespace sightline
