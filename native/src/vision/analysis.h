#pragma once

#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "vision/analytics-file.h"
#include "vision/detector.h"
#include "vision/frame.h"
#include "vision/object-report.h"
#include "vision/tracker.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

namespace sightline::vision {

// What is looked for in one stream, and what was found in the picture looked at last.
class Analysis {
 public:
  // `key` tells it from all others of this process.
  Analysis(int key, StreamEntry entry, EventLog& events);

  int key() const { return key_; }
  int sourceId() const { return entry_.sourceId; }

  // `tracker`: what the file that is named says. False when a detector's model is missing; then
  // nothing has changed.
  bool set(const Detectors& detectors, const TrackerParameters& tracker = {});
  void set(const Rois& rois);
  void set(const InferInterval& interval);
  void set(const TrackerConfig& config, const TrackerParameters& tracker);
  void set(const StreamRules& rules);
  void setDrawn(bool drawn);
  Detectors detectors() const;

  // Whether the next picture is to be looked at; each call counts as one. One thread at a time.
  bool isDue();
  // One thread at a time. `nowMs` is monotonic.
  void look(const Frame& frame, std::int64_t nowMs);

  // Pictures looked at so far.
  std::uint64_t looks() const { return looks_; }

  // What shall be drawn into pictures until the next is looked at: nothing unless it was asked for.
  std::vector<Track> drawn() const;
  // No event follows.
  void close();

 private:
  using Instruments = std::vector<std::pair<DetectorKind, std::unique_ptr<Detector>>>;
  // Never changed, only replaced: it may be in use.
  struct Plan {
    Detectors detectors;
    std::shared_ptr<const Instruments> instruments;
    TrackerParameters tracker;
    StreamRules rules;
  };

  void replace(const std::function<void(Plan&)>& edit);
  std::vector<Found> find(const Plan& plan, const cv::Mat& luma) const;
  void disarm(const std::string& why);
  // With the lock held.
  void announce(const Sighting& sighting);

  const int key_;
  const StreamEntry entry_;
  EventLog& events_;

  // Of look() alone.
  Tracker tracker_;
  ObjectReport report_;
  unsigned leftOut_ = 0;
  std::atomic<std::uint64_t> looks_{0};

  mutable std::mutex mutex_;
  std::shared_ptr<const Plan> plan_;
  std::vector<Track> objects_;
  bool closed_ = false;
};

} // namespace sightline::vision
