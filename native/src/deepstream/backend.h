#pragma once

#include "deepstream/graph.h"
#include "deepstream/sent-settings.h"
#include "deepstream/stream.h"
#include "gstreamer/output.h"
#include "gstreamer/rtsp-server.h"
#include "pipeline/backend-setup.h"
#include "pipeline/config-folder.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/roster.h"
#include "pipeline/source-rule.h"

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sightline::deepstream {

// Where the one output of all streams is.
inline constexpr auto outputName = "tiled";

// The backend of NVIDIA's elements: one pipeline that batches all streams, so that most settings of
// one are those of all.
class Backend final : public Control {
 public:
  struct Place {
    const SourceRule& rule;
    EventLog& events;
    RtspServer& rtsp;
  };

  // Null when the pipeline does not start; the log says why.
  static std::unique_ptr<Backend> start(BackendSetup setup, Place place);
  ~Backend() override;

  AddAnswer add(const AddStream& request) override { return roster_.add(request); }
  bool remove(const RemoveStream& request) override { return roster_.remove(request); }
  std::vector<StreamEntry> list() const override { return roster_.list(); }
  ChangeResult set(const SetOnStream& request) override;
  ChangeResult set(const SetOnHost& request) override;
  ChangeResult force(const ForceKeyFrame& request) override;
  // Of the one output of all streams: its I-frames alone.
  OutputAnswer set(const SetOutput& request) override;
  SendResult send(const SendEvent& request) override;
  BackendAbout about() const override;
  std::vector<StreamStatus> streams() const override;
  // What the elements themselves say.
  std::optional<SharedSettings> shared() const override;
  // There is no picture of one stream alone.
  Snapshot snapshot(const std::string& cameraId) const override;
  PreviewAnswer preview(const std::string& cameraId, unsigned picturesPerSecond) const override;

  void stop() override;

 private:
  Backend(BackendSetup setup, Place place);

  std::shared_ptr<Stream> make(const StreamEntry& entry, const std::string& url);
  bool carryOut(Stream& stream, const StreamSetting& setting);
  // With the file that it names as it is found; nothing when it is not to be found.
  std::optional<StreamSetting> locate(const StreamSetting& setting) const;
  // Sends what is wanted.
  void work();

  const BackendSetup setup_;
  const Place place_;
  const ConfigFolder configFolder_;
  const std::shared_ptr<Output> output_ = std::make_shared<Output>();

  mutable std::mutex mutex_;
  std::condition_variable wanted_;
  bool idrWanted_ = false;
  bool settingsWanted_ = false;
  bool stopping_ = false;
  SentSettings sent_;

  // Outlives the streams.
  Graph graph_;
  Roster<Stream> roster_;
  std::thread worker_;
};

} // namespace sightline::deepstream
