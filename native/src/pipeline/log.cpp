#include "pipeline/log.h"

#include "pipeline/clock.h"
#include "pipeline/url.h"

#include <algorithm>
#include <mutex>
#include <poll.h>
#include <unistd.h>

namespace sightline {

namespace {

std::string_view levelName(LogLevel level) {
  switch (level) {
  case LogLevel::info:
    return "info";
  case LogLevel::warn:
    return "warn";
  case LogLevel::error:
    return "error";
  }
  return "info";
}

} // namespace

std::string logLine(LogLevel level, std::string_view subject, std::string_view text) {
  std::string line;
  line.append(levelName(level)).append(" ").append(subject).append(": ").append(text);
  line = redactUrls(line);
  // A camera id may hold a line feed; it must not be able to forge a second line.
  for (char& character : line) {
    if (static_cast<unsigned char>(character) < 0x20 || character == 0x7f) {
      character = ' ';
    }
  }
  return line;
}

void log(LogLevel level, std::string_view subject, std::string_view text) {
  // A pipe that is ready takes this much without blocking.
  constexpr std::size_t lineBytesMax = 4000;
  std::string line = isoTime(epochMs()) + " " + logLine(level, subject, text);
  line.resize(std::min(line.size(), lineBytesMax));
  line += '\n';
  // Whoever starts the host and does not read its log loses lines; the streams go on. With one
  // thread at a time, no other takes the room that was found.
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  pollfd ready{STDERR_FILENO, POLLOUT, 0};
  if (poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT) != 0) {
    // One write, so that lines of several threads never mix. Nothing helps against a full disk.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
  }
}

} // namespace sightline
