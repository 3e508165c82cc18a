#pragma once

#include "pipeline/config-folder.h"
#include "pipeline/event-log.h"
#include "pipeline/settings.h"
#include "vision/analysis.h"
#include "vision/batcher.h"
#include "vision/worker-pool.h"

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sightline::vision {

// All that looks at pictures in this host: streams offer theirs to the batcher, batches become jobs
// of the workers, and what those find goes to the events and to the streams' pictures.
class Vision {
 public:
  Vision(EventLog& events, std::optional<std::string> configFolder);
  Vision(const Vision&) = delete;
  Vision& operator=(const Vision&) = delete;

  std::shared_ptr<Analysis> open(const StreamEntry& entry);
  // No event of it follows.
  void close(Analysis& analysis);
  // A batch waits for streams that are active.
  void setActive(const Analysis& analysis, bool active);
  // Returns at once.
  void offer(const Analysis& analysis, Frame frame);

  // False when it cannot be done; then nothing has changed.
  bool set(const HostSetting& setting);
  SharedSettings shared() const { return batcher_.settings(); }
  ChangeResult set(Analysis& analysis, const Detectors& detectors) const;
  ChangeResult set(Analysis& analysis, const TrackerConfig& config) const;

 private:
  void start(BatchSlots::Batch batch);
  std::shared_ptr<Analysis> find(int key) const;
  bool reloadAnalytics();
  // Nothing when there is no such file, or it cannot be understood. Without a path: the defaults.
  std::optional<TrackerParameters> readTracker(const std::string& path) const;
  // With the lock held.
  StreamRules rulesFor(int sourceId) const;

  EventLog& events_;
  const ConfigFolder folder_;

  mutable std::mutex mutex_;
  std::map<int, std::shared_ptr<Analysis>> analyses_;
  AnalyticsRules rules_;
  int lastKey_ = 0;

  // Last, and the batcher after the pool: their threads use all of the above.
  WorkerPool pool_;
  Batcher batcher_;
};

} // namespace sightline::vision
