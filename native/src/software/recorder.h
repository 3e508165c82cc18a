#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/settings.h"
#include "pipeline/stream-error.h"
#include "software/recording-file.h"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace sightline {

// Writes the encoded pictures of one stream into one file, in a pipeline and a thread of its own:
// a disk that is slow costs pictures of the recording up to the next IDR, and nothing else. What is
// in the file at any time can be played, Matroska and MPEG-TS need no end.
class Recorder {
 public:
  // Why it ended, nothing when it was asked to; called once, from the recorder's thread, when the
  // file is closed.
  using Ended = std::function<void(const Recorder&, const std::optional<StreamError>&)>;

  Recorder(std::unique_ptr<RecordingFile> file, VideoCodec codec, Ended ended);
  // Waits until the file is closed.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // The first that is written is an IDR; those of another codec are not. True when pictures were
  // lost and an IDR is needed to go on.
  bool deliver(GstSample* accessUnit, bool idr);
  // Nothing more is taken; the file is closed soon.
  void finish();
  // The thread has ended or is about to.
  bool isOver() const { return over_; }

  const std::string& name() const { return name_; }
  std::uint64_t bytes() const;
  std::int64_t sinceAtMs() const { return sinceAtMs_; }

 private:
  void run();
  std::optional<StreamError> waitForEnd();

  const std::string name_;
  const std::string mediaType_;
  const std::int64_t sinceAtMs_;
  const Ended ended_;
  GObjectPointer<GstElement> pipeline_;
  GObjectPointer<GstElement> input_;
  std::atomic<bool> over_{false};

  mutable std::mutex mutex_;
  std::unique_ptr<RecordingFile> file_;
  bool finished_ = false;
  bool waitsForIdr_ = true;
  bool wantsIdr_ = false;
  // Monotonic, of the first picture.
  std::int64_t beganMs_ = 0;

  std::thread thread_;
};

} // namespace sightline
