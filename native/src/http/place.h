// How many may hold an HTTP worker for long, because they read an answer that goes on.
#pragma once

#include <atomic>
#include <memory>

namespace sightline::http {

using PlaceCount = std::shared_ptr<std::atomic<int>>;
// Is counted for as long as it lives.
using Place = std::shared_ptr<void>;

// Null when there are `max` already.
inline Place takePlace(const PlaceCount& taken, int max) {
  if (++*taken > max) {
    --*taken;
    return nullptr;
  }
  return {taken.get(), [taken](void*) { --*taken; }};
}

} // namespace sightline::http
