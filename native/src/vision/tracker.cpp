#include "vision/tracker.h"

#include <algorithm>

namespace sightline::vision {

namespace {

struct Pair {
  double score = 0;
  std::size_t track = 0;
  std::size_t box = 0;
};

} // namespace

void Tracker::update(const std::vector<Found>& found) {
  for (Track& track : tracks_) {
    ++track.age;
  }
  for (const Found& kind : found) {
    match(kind);
  }
  forget();
}

void Tracker::match(const Found& found) {
  std::vector<Pair> pairs;
  for (std::size_t track = 0; track < tracks_.size(); ++track) {
    for (std::size_t box = 0; box < found.boxes.size(); ++box) {
      const double score = overlap(tracks_[track].box, found.boxes[box]);
      if (tracks_[track].kind == found.kind && score > 0 &&
          score >= parameters_.minMatchingScore4Iou) {
        pairs.push_back({score, track, box});
      }
    }
  }
  // The best pair first, and each only once.
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& one, const Pair& other) { return one.score > other.score; });
  std::vector<bool> taken(found.boxes.size());
  for (const Pair& pair : pairs) {
    Track& track = tracks_[pair.track];
    if (track.age == 0 || taken[pair.box]) {
      continue;
    }
    taken[pair.box] = true;
    track.previousBox = track.box;
    track.box = found.boxes[pair.box];
    track.age = 0;
    ++track.sightings;
  }
  for (std::size_t box = 0; box < found.boxes.size(); ++box) {
    if (!taken[box]) {
      tracks_.push_back({found.kind, ++lastId_, found.boxes[box], {}, 1, 0});
    }
  }
}

void Tracker::forget() {
  std::erase_if(tracks_, [this](const Track& track) {
    return track.sightings < parameters_.probationAge
               ? track.age > 0
               : track.age > parameters_.maxShadowTrackingAge;
  });
}

std::vector<Track> Tracker::seen() const {
  std::vector<Track> result;
  std::copy_if(tracks_.begin(), tracks_.end(), std::back_inserter(result), [this](const Track& t) {
    return t.age == 0 && t.sightings >= parameters_.probationAge;
  });
  return result;
}

} // namespace sightline::vision
