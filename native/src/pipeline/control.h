// What the HTTP side may ask of a backend. Every request is typed and already validated in form.
#pragma once

#include "pipeline/settings.h"
#include "pipeline/stream-error.h"
#include "pipeline/url.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

typedef struct _GstStructure GstStructure;

namespace sightline {

// A change, and the X-Request-Id of the request that asked for it; the id goes into the log.
struct AddStream {
  std::string cameraId;
  std::string cameraName;
  std::string url;
  std::string requestId;
};

struct RemoveStream {
  std::string cameraId;
  // Nothing: whatever it is.
  std::optional<std::string> url;
  std::string requestId;
};

// A stream by its number, or by the id of its camera. Another camera may get the number when its
// own has gone.
using StreamRef = std::variant<int, std::string>;

struct SetOnStream {
  StreamRef stream;
  StreamSetting setting;
  std::string requestId;
};

struct SetOnHost {
  HostSetting setting;
  std::string requestId;
};

enum class KeyFrame { idr, intra };
struct ForceKeyFrame {
  int sourceId = 0;
  KeyFrame kind = KeyFrame::idr;
  std::string requestId;
};

// A custom event, GST_EVENT_CUSTOM_DOWNSTREAM, for the elements that a stream's pictures pass. It
// travels in order with them: after the last decoded picture and before the next one.
struct SendEvent {
  int sourceId = 0;
  // Its name and its fields.
  std::shared_ptr<const GstStructure> event;
  // Sent again after each reconnect, until another of its name is sent.
  bool isHeld = false;
  std::string requestId;
};

struct RecordingStatus {
  std::string name;
  std::uint64_t bytes = 0;
  std::int64_t sinceAtMs = 0;
};

// All or nothing.
struct SetOutput {
  std::string cameraId;
  std::optional<VideoCodec> codec;
  std::optional<IframeInterval> iframeInterval;
  // The file to record into, see isRecordingName; empty ends the recording.
  std::optional<std::string> recording;
  std::string requestId;
};

enum class OutputResult { done, unknownStream, unsupported, exists, failed };

struct OutputAnswer {
  OutputResult result = OutputResult::unsupported;
  // Unless it is done: why, for the client.
  std::string text{};
  VideoCodec codec = VideoCodec::h264;
  std::optional<RecordingStatus> recording{};
};

// `refused`: nothing that may still change would make it a source.
enum class AddResult { added, atCapacity, duplicate, refused, stopping };

struct AddAnswer {
  AddResult result = AddResult::added;
  // Why it is refused.
  StreamError error{};
};

// `unsupported`: this backend, or this stream as it is now, cannot. `noFile`: the file that is
// named is not there, or cannot be understood. Then nothing has changed.
enum class ChangeResult { done, unknownSource, unsupported, noFile };
// `queued`: goes before the next picture, also when the stream connects anew before it comes.
// `notPushed`: the stream shows no pictures now, or too many events wait already; it has not taken
// this one. `unsupported`: no element of this backend would hear of it.
enum class SendResult { queued, unknownSource, notPushed, unsupported };
enum class StreamState { connecting, running, stalled, retrying, ended };
enum class RemoveReason { request, quit, sourceFailed, attemptsExceeded };

struct StreamEntry {
  std::string cameraId;
  std::string cameraName;
  int sourceId = 0;
};

struct OutputStatus {
  // Empty when there is no encoded output.
  std::string rtspUrl;
  int clients = 0;
  std::uint64_t bytesOut = 0;
  std::uint64_t idrFrames = 0;
  // What is recorded; nothing when nothing is.
  std::optional<RecordingStatus> recording;
  // Why the last recording ended before it was asked to.
  std::optional<StreamError> recordingError;
};

// What holds for a stream, whether it was set or is the default.
struct AppliedSettings {
  unsigned dropFrameInterval = 0;
  SkippedFrames skipFrames = SkippedFrames::none;
  bool lowLatencyMode = false;
  VideoCodec codec = VideoCodec::h264;
  // Of the encoded output; 0 with a codec that has constant quality instead.
  unsigned bitrate = 0;
  // Nothing: by time, see IframeInterval.
  std::optional<unsigned> iframeInterval;
  Area sourceCrop;
  Area destinationCrop;
  unsigned flipMethod = 0;
  unsigned interpolationMethod = 6;
  Detectors detectors;
};

struct StreamStatus {
  StreamEntry entry;
  ShownUrl url;
  StreamState state = StreamState::connecting;
  std::int64_t sinceAtMs = 0;
  std::uint64_t frames = 0;
  // Those that detectors looked at.
  std::uint64_t analysedFrames = 0;
  std::int64_t lastFrameAtMs = 0;
  double fps = 0;
  double kbps = 0;
  int width = 0;
  int height = 0;
  int restarts = 0;
  std::optional<StreamError> error;
  AppliedSettings applied;
  OutputStatus output;
};

enum class SnapshotResult { ok, unknownStream, noFrame };

struct Snapshot {
  SnapshotResult result = SnapshotResult::noFrame;
  std::int64_t frameAtMs = 0;
  std::string jpeg;
};

// One who watches the pictures of a stream as JPEGs.
class Preview {
 public:
  virtual ~Preview() = default;
  // Waits for a picture that this viewer has not had, as long as `patience`; then null.
  virtual std::shared_ptr<const std::string> next(std::chrono::milliseconds patience) = 0;
  // The stream is gone.
  virtual bool hasEnded() const = 0;
};

struct PreviewAnswer {
  SnapshotResult result = SnapshotResult::noFrame;
  std::shared_ptr<Preview> preview;
};

// One of what the backend can set. A test compares the list with what the endpoints answer.
struct ControlEntry {
  // As in http/setting-endpoints.cpp.
  std::string name;
  std::string scope;
  std::string effect;
};

struct BackendAbout {
  std::string backend;
  int maxSources = 0;
  int rtspPort = 0;
  std::vector<ControlEntry> controls;
  // What the encoded output can be here.
  std::vector<VideoCodec> outputCodecs;
};

class Control {
 public:
  virtual ~Control() = default;

  // Returns at once; the connection is made in the background.
  virtual AddAnswer add(const AddStream& request) = 0;
  // False when there is no such stream.
  virtual bool remove(const RemoveStream& request) = 0;
  // Newest first, as DeepStream lists them.
  virtual std::vector<StreamEntry> list() const = 0;

  // Takes effect at the next frame and holds until it is set again, over reconnects, too.
  virtual ChangeResult set(const SetOnStream& request) = 0;
  virtual ChangeResult set(const SetOnHost& request) = 0;
  virtual ChangeResult force(const ForceKeyFrame& request) = 0;
  virtual OutputAnswer set(const SetOutput& request) = 0;

  // Waits for no picture.
  virtual SendResult send(const SendEvent& request) = 0;

  virtual BackendAbout about() const = 0;
  // Oldest first.
  virtual std::vector<StreamStatus> streams() const = 0;
  // Nothing where the backend cannot tell.
  virtual std::optional<SharedSettings> shared() const = 0;
  virtual Snapshot snapshot(const std::string& cameraId) const = 0;
  virtual PreviewAnswer preview(const std::string& /*cameraId*/,
                                unsigned /*picturesPerSecond*/) const {
    return {};
  }

  // Removes all streams with the reason `quit`, takes no more, and waits for the teardowns.
  virtual void stop() = 0;
};

} // namespace sightline
