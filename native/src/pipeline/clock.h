#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace sightline {

// For people and other machines; jumps when somebody sets the box's clock.
std::int64_t epochMs();
// For time-outs and rates.
std::int64_t monotonicMs();
std::chrono::steady_clock::time_point atMonotonicMs(std::int64_t ms);
// 2026-11-21T01:02:03.456Z
std::string isoTime(std::int64_t atMs);

} // namespace sightline
