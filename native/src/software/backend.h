#pragma once

#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/slots.h"
#include "pipeline/source-rule.h"
#include "software/rtsp-server.h"
#include "software/stream.h"
#include "vision/vision.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace sightline {

// The backend of stock GStreamer elements on the CPU. A request never waits for a camera: streams
// work in their own threads, and removed ones are waited for by the reaper.
class SoftwareBackend final : public Control {
 public:
  SoftwareBackend(BackendSetup setup, const SourceRule& rule, EventLog& events, RtspServer& rtsp);
  ~SoftwareBackend() override;

  AddResult add(const AddStream& request) override;
  bool remove(const RemoveStream& request) override;
  std::vector<StreamEntry> list() const override;
  ChangeResult set(const SetOnStream& request) override;
  ChangeResult set(const SetOnHost& request) override;
  ChangeResult force(const ForceKeyFrame& request) override;
  OutputAnswer set(const SetOutput& request) override;
  SendResult send(const SendEvent& request) override;
  BackendAbout about() const override;
  std::vector<StreamStatus> streams() const override;
  Snapshot snapshot(const std::string& cameraId) const override;
  PreviewAnswer preview(const std::string& cameraId, unsigned picturesPerSecond) const override;

  // Removes all streams with the reason `quit`, takes no more, and waits for the teardowns.
  void stop();

 private:
  using Streams = std::vector<std::unique_ptr<Stream>>;

  // With the lock held.
  Stream* findBySource(int sourceId) const;
  Stream* findByCamera(const std::string& cameraId) const;
  void retire(Streams::iterator place, RemoveReason reason,
              std::optional<StreamError> error = std::nullopt);
  void endWithSources() const;
  void reap();

  // By the streams' own threads, without the lock.
  void onEnded() const;
  void onGivenUp(const Stream& stream, RemoveReason reason, const StreamError& error);

  const BackendSetup setup_;
  const SourceRule& rule_;
  EventLog& events_;
  RtspServer& rtsp_;
  // Outlives the streams.
  vision::Vision vision_;

  mutable std::mutex mutex_;
  std::condition_variable retired_;
  Slots slots_;
  // Oldest first.
  Streams streams_;
  Streams leaving_;
  bool stopping_ = false;
  std::thread reaper_;
};

} // namespace sightline
