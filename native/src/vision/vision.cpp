#include "vision/vision.h"

#include "pipeline/clock.h"
#include "pipeline/limits.h"
#include "pipeline/log.h"
#include "vision/tracker-file.h"

#include <opencv2/core/utility.hpp>

#include <algorithm>

namespace sightline::vision {

namespace {

// Half of the box at most: decoders must not wait for detectors.
std::size_t workerCount() {
  const unsigned half = std::thread::hardware_concurrency() / 2;
  return std::clamp(half, 1U, limits::detectorThreadsMax);
}

} // namespace

Vision::Vision(EventLog& events, std::optional<std::string> configFolder)
    : events_(events), folder_(std::move(configFolder)), pool_(workerCount()),
      batcher_([this](BatchSlots::Batch batch) { start(std::move(batch)); }) {
  // OpenCV's own threads make HOG and Haar up to three times slower beside other work.
  cv::setNumThreads(1);
  if (folder_.readAnalytics() && !reloadAnalytics()) {
    logWarn("vision", "the analytics file cannot be understood and is left out");
  }
}

std::shared_ptr<Analysis> Vision::open(const StreamEntry& entry) {
  const std::lock_guard lock(mutex_);
  auto analysis = std::make_shared<Analysis>(++lastKey_, entry, events_);
  analysis->set(rulesFor(entry.sourceId));
  analyses_[analysis->key()] = analysis;
  return analysis;
}

void Vision::close(Analysis& analysis) {
  analysis.close();
  const std::lock_guard lock(mutex_);
  analyses_.erase(analysis.key());
  batcher_.setActive(analysis.key(), false);
}

void Vision::setActive(const Analysis& analysis, bool active) {
  // A stream that is being removed may still hear of its source; its place would stay empty.
  const std::lock_guard lock(mutex_);
  batcher_.setActive(analysis.key(), active && analyses_.contains(analysis.key()));
}

void Vision::offer(const Analysis& analysis, Frame frame) {
  batcher_.offer(analysis.key(), std::move(frame));
}

std::shared_ptr<Analysis> Vision::find(int key) const {
  const std::lock_guard lock(mutex_);
  const auto found = analyses_.find(key);
  return found == analyses_.end() ? nullptr : found->second;
}

void Vision::start(BatchSlots::Batch batch) {
  for (BatchSlots::Entry& entry : batch) {
    const auto analysis = find(entry.stream);
    if (analysis && analysis->isDue()) {
      pool_.submit(entry.stream, [analysis, frame = std::move(entry.frame)] {
        analysis->look(frame, monotonicMs());
      });
    }
  }
}

bool Vision::set(const HostSetting& setting) {
  if (const auto* timeout = std::get_if<BatchedPushTimeout>(&setting)) {
    batcher_.setPushTimeout(timeout->microseconds < 0
                                ? std::nullopt
                                : std::optional(std::chrono::microseconds(timeout->microseconds)));
    return true;
  }
  if (const auto* latency = std::get_if<MuxMaxLatency>(&setting)) {
    constexpr std::uint64_t max = std::chrono::nanoseconds(limits::muxLatencyMax).count();
    if (latency->nanoseconds > max) {
      return false;
    }
    batcher_.setMaxLatency(std::chrono::nanoseconds(latency->nanoseconds));
    return true;
  }
  return reloadAnalytics();
}

ChangeResult Vision::set(Analysis& analysis, const Detectors& detectors) const {
  const auto tracker = readTracker(detectors.trackerConfig);
  if (!tracker) {
    return ChangeResult::noFile;
  }
  return analysis.set(detectors, *tracker) ? ChangeResult::done : ChangeResult::unsupported;
}

ChangeResult Vision::set(Analysis& analysis, const TrackerConfig& config) const {
  const auto tracker = readTracker(config.path);
  if (!tracker) {
    return ChangeResult::noFile;
  }
  analysis.set(config, *tracker);
  return ChangeResult::done;
}

std::optional<TrackerParameters> Vision::readTracker(const std::string& path) const {
  if (path.empty()) {
    return TrackerParameters{};
  }
  const auto text = folder_.read(path);
  return text ? parseTrackerFile(*text) : std::nullopt;
}

bool Vision::reloadAnalytics() {
  const auto text = folder_.readAnalytics();
  auto rules = text ? parseAnalyticsFile(*text) : std::nullopt;
  if (!rules) {
    return false;
  }
  const std::lock_guard lock(mutex_);
  rules_ = std::move(*rules);
  for (const auto& [key, analysis] : analyses_) {
    analysis->set(rulesFor(analysis->sourceId()));
  }
  return true;
}

StreamRules Vision::rulesFor(int sourceId) const {
  const auto found = rules_.find(sourceId);
  return found == rules_.end() ? StreamRules{} : found->second;
}

} // namespace sightline::vision
