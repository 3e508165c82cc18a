#pragma once

#include "vision/tracker.h"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace sightline::vision {

// A track that is worth an event, and the line that it has just crossed, if it is for that.
struct Sighting {
  Track track;
  std::string line;
};

// Chooses what of a stream's objects becomes an event: an object when it appears and then every few
// seconds, a crossing always; never more than so many a second.
class ObjectReport {
 public:
  // `nowMs` is monotonic.
  std::vector<Sighting> select(const std::vector<Track>& seen, const std::vector<Sighting>& crossed,
                               std::int64_t nowMs);

 private:
  bool spend(std::int64_t nowMs);

  // When each was told, and when the last ones were.
  std::map<unsigned, std::int64_t> toldAtMs_;
  std::deque<std::int64_t> spentAtMs_;
  std::deque<Sighting> crossings_;
};

} // namespace sightline::vision
