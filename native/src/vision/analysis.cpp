#include "vision/analysis.h"

#include "pipeline/log.h"

namespace sightline::vision {

namespace {

// Where an object stands, as shares of the picture.
cv::Point2d footOf(const cv::Rect& box, cv::Size picture) {
  return {(box.x + box.width / 2.0) / picture.width,
          static_cast<double>(box.y + box.height) / picture.height};
}

std::vector<Sighting> crossings(const StreamRules& rules, const std::vector<Track>& seen,
                                cv::Size picture) {
  std::vector<Sighting> result;
  for (const Track& track : seen) {
    if (track.previousBox.empty()) {
      continue;
    }
    for (std::string& line :
         crossedLines(rules, footOf(track.previousBox, picture), footOf(track.box, picture))) {
      result.push_back({track, std::move(line)});
    }
  }
  return result;
}

} // namespace

Analysis::Analysis(int key, StreamEntry entry, EventLog& events)
    : key_(key), entry_(std::move(entry)), events_(events), plan_(std::make_shared<Plan>()) {
  set(Detectors{});
}

void Analysis::replace(const std::function<void(Plan&)>& edit) {
  const std::lock_guard lock(mutex_);
  auto plan = std::make_shared<Plan>(*plan_);
  edit(*plan);
  plan_ = std::move(plan);
  // They were found by what no longer holds.
  objects_.clear();
}

bool Analysis::set(const Detectors& detectors, const TrackerParameters& tracker) {
  auto instruments = std::make_shared<Instruments>();
  for (const DetectorKind kind : detectors.kinds) {
    instruments->emplace_back(kind, makeDetector(kind));
    if (!instruments->back().second) {
      return false;
    }
  }
  replace([&](Plan& plan) {
    plan.detectors = detectors;
    plan.instruments = std::move(instruments);
    plan.tracker = tracker;
  });
  return true;
}

void Analysis::set(const Rois& rois) {
  replace([&](Plan& plan) { plan.detectors.rois = rois.rois; });
}

void Analysis::set(const InferInterval& interval) {
  replace([&](Plan& plan) { plan.detectors.interval = interval.interval; });
}

void Analysis::set(const TrackerConfig& config, const TrackerParameters& tracker) {
  replace([&](Plan& plan) {
    plan.detectors.trackerConfig = config.path;
    plan.tracker = tracker;
  });
}

void Analysis::set(const StreamRules& rules) {
  replace([&](Plan& plan) { plan.rules = rules; });
}

void Analysis::setDrawn(bool drawn) {
  replace([&](Plan& plan) { plan.detectors.osd = drawn; });
}

Detectors Analysis::detectors() const {
  const std::lock_guard lock(mutex_);
  return plan_->detectors;
}

bool Analysis::isDue() {
  const std::lock_guard lock(mutex_);
  if (plan_->detectors.kinds.empty()) {
    return false;
  }
  if (leftOut_ > 0 && leftOut_ <= plan_->detectors.interval) {
    ++leftOut_;
    return false;
  }
  leftOut_ = 1;
  return true;
}

std::vector<Found> Analysis::find(const Plan& plan, const cv::Mat& luma) const {
  const Boxes regions = regionsOf(plan.detectors.rois, luma.size());
  std::vector<Found> found;
  for (const auto& [kind, detector] : *plan.instruments) {
    found.push_back({kind, detector->detect(luma, regions)});
    std::erase_if(found.back().boxes, [&](const cv::Rect& box) {
      return !isInside(plan.rules, footOf(box, luma.size()));
    });
  }
  return found;
}

void Analysis::look(const Frame& frame, std::int64_t nowMs) {
  std::shared_ptr<const Plan> plan;
  {
    const std::lock_guard lock(mutex_);
    plan = plan_;
  }
  std::vector<Found> found;
  try {
    found = find(*plan, frame.luma);
  } catch (const std::exception& error) {
    disarm(error.what());
    return;
  }
  ++looks_;
  tracker_.setParameters(plan->tracker);
  tracker_.update(found);
  const std::vector<Track> seen = tracker_.seen();
  const auto sightings =
      report_.select(seen, crossings(plan->rules, seen, frame.luma.size()), nowMs);
  const std::lock_guard lock(mutex_);
  // What was set meanwhile holds for everything that is said from then on.
  if (closed_ || plan != plan_) {
    return;
  }
  objects_ = seen;
  for (const Sighting& sighting : sightings) {
    announce(sighting);
  }
}

void Analysis::disarm(const std::string& why) {
  logWarn("stream " + entry_.cameraId, "its detectors failed and are off: " + why);
  replace([](Plan& plan) {
    plan.detectors.kinds.clear();
    plan.instruments = std::make_shared<Instruments>();
  });
}

void Analysis::announce(const Sighting& sighting) {
  const cv::Rect& box = sighting.track.box;
  Event event;
  event.kind = "object";
  event.cameraId = entry_.cameraId;
  event.sourceId = entry_.sourceId;
  event.object = SeenObject{detectorName(sighting.track.kind),
                            sighting.track.id,
                            {static_cast<unsigned>(box.x), static_cast<unsigned>(box.y),
                             static_cast<unsigned>(box.width), static_cast<unsigned>(box.height)},
                            sighting.line};
  events_.append(std::move(event));
}

std::vector<Track> Analysis::drawn() const {
  const std::lock_guard lock(mutex_);
  return plan_->detectors.osd ? objects_ : std::vector<Track>{};
}

void Analysis::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

} // namespace sightline::vision
