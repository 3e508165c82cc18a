#pragma once

#include "vision/detector.h"

#include <vector>

namespace sightline::vision {

// Named as in the YAML files of DeepStream's low-level trackers.
struct TrackerParameters {
  // Pictures looked at that a track outlives without being seen.
  unsigned maxShadowTrackingAge = 10;
  // Seen so often, a track is believed; one that is lost before is forgotten.
  unsigned probationAge = 2;
  // Smaller overlaps are another thing.
  double minMatchingScore4Iou = 0.2;
};

struct Track {
  DetectorKind kind = DetectorKind::motion;
  // From 1, never used again.
  unsigned id = 0;
  cv::Rect box;
  // Where it was when it was seen before; empty at first.
  cv::Rect previousBox;
  unsigned sightings = 0;
  // Pictures since it was seen; 0: in the last one.
  unsigned age = 0;
};

struct Found {
  DetectorKind kind = DetectorKind::motion;
  Boxes boxes;
};

// Follows things by how much their boxes overlap from picture to picture. Kinds never mix.
class Tracker {
 public:
  void setParameters(const TrackerParameters& parameters) { parameters_ = parameters; }

  void update(const std::vector<Found>& found);
  // The believed tracks that the last picture showed.
  std::vector<Track> seen() const;

 private:
  void match(const Found& found);
  void forget();

  TrackerParameters parameters_;
  std::vector<Track> tracks_;
  unsigned lastId_ = 0;
};

} // namespace sightline::vision
