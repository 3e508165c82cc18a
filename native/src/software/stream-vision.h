#pragma once

#include "pipeline/control.h"
#include "software/frame-visitor.h"
#include "vision/vision.h"

#include <memory>

namespace sightline {

// Shows a stream's pictures to the host's detectors and draws into them what those found before.
// Holds nobody up: detectors look later, at the newest picture there is.
class StreamVision final : public FrameVisitor {
 public:
  // `labels`: what is drawn bears its name.
  StreamVision(vision::Vision& vision, const StreamEntry& entry, bool labels);
  ~StreamVision() override;
  StreamVision(const StreamVision&) = delete;
  StreamVision& operator=(const StreamVision&) = delete;

  // No event of its objects follows.
  void close();
  // Whether pictures are coming; others wait for those of an active stream.
  void setActive(bool active) { vision_.setActive(*analysis_, active); }

  // False when it cannot be set; then nothing has changed.
  bool apply(const Rois& rois);
  bool apply(const InferInterval& interval);
  bool apply(const OsdProcessMode& mode);
  ChangeResult apply(const Detectors& detectors) { return vision_.set(*analysis_, detectors); }
  ChangeResult apply(const TrackerConfig& config) { return vision_.set(*analysis_, config); }
  Detectors detectors() const { return analysis_->detectors(); }
  std::uint64_t looks() const { return analysis_->looks(); }

  SamplePointer visit(SamplePointer picture) override;

 private:
  vision::Vision& vision_;
  const std::shared_ptr<vision::Analysis> analysis_;
  const bool labels_;
};

} // namespace sightline
