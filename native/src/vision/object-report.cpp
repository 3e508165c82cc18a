#include "vision/object-report.h"

#include "pipeline/limits.h"

#include <algorithm>
#include <utility>

namespace sightline::vision {

bool ObjectReport::spend(std::int64_t nowMs) {
  constexpr std::int64_t second = 1000;
  while (!spentAtMs_.empty() && spentAtMs_.front() <= nowMs - second) {
    spentAtMs_.pop_front();
  }
  if (spentAtMs_.size() >= limits::objectEventsPerSecond) {
    return false;
  }
  spentAtMs_.push_back(nowMs);
  return true;
}

std::vector<Sighting> ObjectReport::select(const std::vector<Track>& seen,
                                           const std::vector<Sighting>& crossed,
                                           std::int64_t nowMs) {
  std::vector<Sighting> chosen;
  crossings_.insert(crossings_.end(), crossed.begin(), crossed.end());
  while (crossings_.size() > limits::crossingsWaitingMax) {
    crossings_.pop_front();
  }
  while (!crossings_.empty() && spend(nowMs)) {
    toldAtMs_[crossings_.front().track.id] = nowMs;
    chosen.push_back(std::move(crossings_.front()));
    crossings_.pop_front();
  }
  std::erase_if(toldAtMs_, [&](const auto& told) {
    return told.second + limits::objectEventRepeat.count() <= nowMs;
  });
  // Faces and bodies were asked for; what merely moves comes after them. Then the newest: the
  // others have been told of before.
  std::vector<Track> untold;
  std::copy_if(seen.begin(), seen.end(), std::back_inserter(untold),
               [&](const Track& track) { return !toldAtMs_.contains(track.id); });
  const auto rank = [](const Track& track) {
    return std::pair(track.kind != DetectorKind::motion, track.id);
  };
  std::sort(untold.begin(), untold.end(),
            [&](const Track& one, const Track& other) { return rank(one) > rank(other); });
  for (const Track& track : untold) {
    if (!spend(nowMs)) {
      break;
    }
    toldAtMs_[track.id] = nowMs;
    chosen.push_back({track, {}});
  }
  return chosen;
}

} // namespace sightline::vision
