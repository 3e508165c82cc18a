#pragma once

#include "gstreamer/interception.h"
#include "gstreamer/note-queue.h"
#include "gstreamer/output.h"
#include "pipeline/backend-setup.h"
#include "pipeline/control.h"
#include "pipeline/event-log.h"
#include "pipeline/source-rule.h"
#include "pipeline/stream-life.h"
#include "software/converter.h"
#include "software/encoder.h"
#include "software/frame-skip.h"
#include "software/frame-tap.h"
#include "software/frame-visitor.h"
#include "software/picture-feed.h"
#include "software/recordings.h"
#include "software/source.h"
#include "software/stream-vision.h"

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace sightline {

// One stream of the host, with a control thread of its own: only that thread builds, watches and
// tears down pipelines, so a source that hangs in its teardown holds up nobody else.
class Stream {
 public:
  struct Place {
    const SourceRule& rule;
    EventLog& events;
    vision::Vision& vision;
    const BackendSetup& setup;
    // Both by the stream's own thread: its file has ended; it will not be connected to again, and
    // can be removed.
    std::function<void()> ended;
    std::function<void(const Stream&, RemoveReason, const StreamError&)> givenUp;
  };

  Stream(StreamEntry entry, std::string url, Place place);
  ~Stream();
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  // Returns at once. No event of this stream follows.
  void stop();
  // Waits for the teardown.
  void join();

  const StreamEntry& entry() const { return life_.entry(); }
  const std::string& url() const { return url_; }
  const std::shared_ptr<Output>& output() const { return output_; }

  bool isEnded() const { return life_.state() == StreamState::ended; }
  // All but the RTSP URL.
  StreamStatus status();
  ChangeResult set(const StreamSetting& setting);
  // As in Control::send.
  SendResult send(const SendEvent& request);
  bool forceIdr() { return encoder_.forceIdr(); }
  // Instead of what is recorded now; null ends that. False when the stream has been stopped.
  bool record(std::unique_ptr<RecordingFile> file);
  const std::shared_ptr<PictureFeed>& pictures() const { return pictures_; }
  SamplePointer newestFrame(std::int64_t& atMs) const { return tap_.newest(atMs); }

 private:
  // How one connection ended.
  struct Ending {
    // `outdated`: the next connection is to be made at once and differently.
    enum class Kind { stopped, finished, failed, outdated };
    Kind kind = Kind::stopped;
    StreamError error;
  };

  bool apply(const DropFrameInterval& setting);
  bool apply(const SkipFrames& setting);
  bool apply(const LowLatencyMode& setting);
  bool apply(const EncoderCodec& setting);
  bool apply(const EncoderBitrate& setting);
  bool apply(const IframeInterval& setting);
  bool apply(const SourceCrop& setting);
  bool apply(const DestinationCrop& setting);
  bool apply(const FlipMethod& setting);
  bool apply(const InterpolationMethod& setting);
  // What the detectors are about.
  template <class Other>
  auto apply(const Other& setting) {
    return vision_->apply(setting);
  }
  AppliedSettings applied() const;

  // Between the decoder and the encoder.
  SamplePointer show(SamplePointer decoded);

  void run();
  Ending connectOnce();
  Ending watch(const Source& source);
  std::optional<Ending> endingFor(const Note& note);
  std::optional<Note> wait(NoteQueue::Clock::time_point deadline);
  bool pause(std::chrono::milliseconds delay);
  void superviseEncoder(const Note& note);
  void announceRecording(const std::string& name, const std::optional<StreamError>& error);

  const std::string url_;
  const bool isFile_;
  const Place place_;
  StreamLife life_;
  // One setting at a time.
  std::mutex settingMutex_;

  NoteQueue notes_;
  std::shared_ptr<Output> output_ = std::make_shared<Output>();
  std::shared_ptr<PictureFeed> pictures_ = std::make_shared<PictureFeed>();
  Recordings recordings_;
  Encoder encoder_;
  Converter converter_;
  // Filled by the constructor only.
  std::vector<std::unique_ptr<FrameVisitor>> visitors_;
  // One of them.
  StreamVision* vision_ = nullptr;
  FrameSkip skip_;
  FrameTap tap_;
  Interception interception_;
  std::atomic<bool> lowLatency_{false};
  // Of the control thread: what the source sent last time, and whether this attempt is made for it.
  VideoCodec sourceCodec_ = VideoCodec::h264;
  bool triedOtherCodec_ = false;
  NoteQueue::Clock::time_point encoderRetryAt_ = NoteQueue::Clock::time_point::max();
  // Monotonic, of this connection; 0 before its first frame.
  std::int64_t runningSinceMs_ = 0;
  // Monotonic, of a recording.
  std::int64_t nextProgressMs_ = 0;

  std::thread thread_;
};

} // namespace sightline
