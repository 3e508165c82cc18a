// How a backend is made: what the command line and the configuration file say about all streams.
#pragma once

#include "pipeline/control.h"
#include "pipeline/limits.h"
#include "pipeline/settings.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

struct PictureSize {
  unsigned width = 0;
  unsigned height = 0;

  // Else it is that of a stream's first picture.
  bool isSet() const { return width != 0 && height != 0; }
};

// When a source that failed is connected to again.
struct Reconnection {
  // The pause before an attempt, and the silence after which frames count as missing; 0: there is
  // no attempt. Nothing: the host's own back-off and patience.
  std::optional<std::chrono::seconds> interval;
  // In a row, without a frame between them; nothing: for ever.
  std::optional<int> attemptsMax;

  std::chrono::milliseconds silence() const {
    const bool isOwn = interval && *interval != std::chrono::seconds(0);
    return isOwn ? *interval : limits::stallTimeout;
  }

  // Why there is no further attempt after so many; nothing when there is one.
  std::optional<RemoveReason> refusal(int attempts) const {
    if (interval == std::chrono::seconds(0)) {
      return RemoveReason::sourceFailed;
    }
    return attemptsMax && attempts >= *attemptsMax ? std::optional(RemoveReason::attemptsExceeded)
                                                   : std::nullopt;
  }
};

// What DeepStream's elements are configured by. One without a file is left out.
struct ElementFiles {
  std::optional<std::string> preprocess;
  std::optional<std::string> infer;
  std::optional<std::string> tracker;
  std::optional<std::string> analytics;
};

class TlsTrust;

struct BackendSetup {
  int maxSources = 64;
  // The only folder of tracker and analytics files; without it there are none.
  std::optional<std::string> analyticsDir;
  // Factories of elements that each stream's decoded pictures pass, in this order.
  std::vector<std::string> interceptors;
  // The only folder of recordings; without it there are none.
  std::optional<std::string> recordingsDir;
  // Of the certificates of rtsps sources; null: the system's authorities.
  std::shared_ptr<const TlsTrust> trust;
  PictureSize outputSize;
  // Whether crop, flip and interpolation can be set.
  bool converts = true;
  // Without it there is no encoded output, and nothing of it can be set.
  bool encodes = true;
  VideoCodec codec = VideoCodec::h264;
  // Draws what is found in new streams, with its name or without. Nothing: as the backend has it,
  // which in software is not at all.
  std::optional<OsdProcessor> osdProcessor;
  bool labels = true;
  // Both only of the DeepStream backend; a batch waits for no source that is late.
  ElementFiles elementFiles;
  bool liveSource = true;
  // Nothing: as the backend has it, see limits.
  std::optional<BatchedPushTimeout> batchedPushTimeout;
  Reconnection reconnection;
  // Called on any thread when all sources have ended; when empty, the host goes on.
  std::function<void()> atEnd;
};

} // namespace sightline
