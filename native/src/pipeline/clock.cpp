#include "pipeline/clock.h"

#include <cstdio>
#include <ctime>

namespace sightline {

namespace {

template <class Clock>
std::int64_t sinceStartMs() {
  using std::chrono::milliseconds;
  return std::chrono::duration_cast<milliseconds>(Clock::now().time_since_epoch()).count();
}

} // namespace

std::int64_t epochMs() {
  return sinceStartMs<std::chrono::system_clock>();
}

std::int64_t monotonicMs() {
  return sinceStartMs<std::chrono::steady_clock>();
}

std::chrono::steady_clock::time_point atMonotonicMs(std::int64_t ms) {
  return std::chrono::steady_clock::time_point(std::chrono::milliseconds(ms));
}

std::string isoTime(std::int64_t atMs) {
  const std::time_t seconds = static_cast<std::time_t>(atMs / 1000);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char day[32];
  std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &utc);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", day, static_cast<int>(atMs % 1000));
  return text;
}

} // namespace sightline
