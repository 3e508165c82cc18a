#pragma once

#include "gstreamer/rtsp-server.h"
#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/roster.h"
#include "pipeline/source-rule.h"
#include "software/stream.h"
#include "vision/vision.h"

#include <memory>
#include <string>
#include <vector>

namespace sightline {

// The backend of stock GStreamer elements on the CPU.
class SoftwareBackend final : public Control {
 public:
  SoftwareBackend(BackendSetup setup, const SourceRule& rule, EventLog& events, RtspServer& rtsp);

  AddAnswer add(const AddStream& request) override { return roster_.add(request); }
  bool remove(const RemoveStream& request) override { return roster_.remove(request); }
  std::vector<StreamEntry> list() const override { return roster_.list(); }
  ChangeResult set(const SetOnStream& request) override;
  ChangeResult set(const SetOnHost& request) override;
  ChangeResult force(const ForceKeyFrame& request) override;
  OutputAnswer set(const SetOutput& request) override;
  SendResult send(const SendEvent& request) override;
  BackendAbout about() const override;
  std::vector<StreamStatus> streams() const override;
  std::optional<SharedSettings> shared() const override { return vision_.shared(); }
  Snapshot snapshot(const std::string& cameraId) const override;
  PreviewAnswer preview(const std::string& cameraId, unsigned picturesPerSecond) const override;

  void stop() override { roster_.stop(); }

 private:
  std::shared_ptr<Stream> make(const StreamEntry& entry, const std::string& url);

  const BackendSetup setup_;
  const SourceRule& rule_;
  EventLog& events_;
  RtspServer& rtsp_;
  // Outlives the streams.
  vision::Vision vision_;
  Roster<Stream> roster_;
};

} // namespace sightline
