// One line per event on standard error. Credentials are removed here, not by callers.
#pragma once

#include <string>
#include <string_view>

namespace sightline {

enum class LogLevel { info, warn, error };

// 2026-11-21T01:02:03.456Z info stream camera-1: text
void log(LogLevel level, std::string_view subject, std::string_view text);

inline void logInfo(std::string_view subject, std::string_view text) {
  log(LogLevel::info, subject, text);
}
inline void logWarn(std::string_view subject, std::string_view text) {
  log(LogLevel::warn, subject, text);
}
inline void logError(std::string_view subject, std::string_view text) {
  log(LogLevel::error, subject, text);
}

// The line as it would be written, without the time.
std::string logLine(LogLevel level, std::string_view subject, std::string_view text);

} // namespace sightline
