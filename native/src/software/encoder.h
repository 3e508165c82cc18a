#pragma once

#include "gstreamer/gst-pointer.h"
#include "gstreamer/handover.h"
#include "gstreamer/note-queue.h"
#include "pipeline/limits.h"
#include "pipeline/settings.h"
#include "software/key-frame-plan.h"

#include <gst/app/gstappsink.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace sightline {

// What is encoded, and how. Pictures are counted on their way into the encoder, behind the queue,
// so that an interval is exact in what comes out.
struct EncoderSettings {
  VideoCodec codec = VideoCodec::h264;
  unsigned bitsPerSecond = limits::encoderBitrate;
  std::optional<unsigned> iframeInterval;
};

// The encoder of one stream, in a pipeline of its own: it outlives the connections of the
// source, takes any picture size, and can hold nobody up because its queue drops the oldest
// picture.
class Encoder {
 public:
  // An encoded access unit, and whether decoding can begin with it. Called from the encoder's
  // thread.
  using Deliver = std::function<void(GstSample*, bool)>;

  Encoder(Deliver deliver, NoteQueue& notes);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // All by the control thread only; doing it twice is fine.
  void start();
  void stop();
  // With the settings as they are now; nothing when it does not run, or runs with them.
  void restart();

  void push(GstSample* picture);
  // The next picture becomes an IDR, in MPEG-4 an I-VOP. False while the encoder does not run.
  bool forceIdr();

  // These hold over stop and start. Where a running encoder has to be made anew, `encoderOutdated`
  // is noted.
  EncoderSettings settings() const;
  // False when there is no such encoder here.
  bool setCodec(VideoCodec codec);
  // False outside the limits, and with a codec that has none.
  bool setBitrate(unsigned bitsPerSecond);
  void setIframeInterval(std::optional<unsigned> pictures) { plan_.setInterval(pictures); }

  std::uint64_t idrFrames() const { return idrFrames_; }

 private:
  static GstBusSyncReply onMessage(GstBus* bus, GstMessage* message, gpointer self);
  static GstPadProbeReturn onPicture(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstFlowReturn onEncoded(GstAppSink* sink, gpointer self);

  const Deliver deliver_;
  NoteQueue& notes_;
  Handover handover_;
  KeyFramePlan plan_;
  GObjectPointer<GstElement> pipeline_;
  std::atomic<std::uint64_t> idrFrames_{0};

  // Guards the settings, and what is used of a running pipeline against start and stop.
  mutable std::mutex mutex_;
  EncoderSettings settings_;
  // What the pipeline runs with.
  EncoderSettings running_;
  bool restarting_ = false;
  GObjectPointer<GstElement> input_;
  std::uint64_t pushed_ = 0;
  GObjectPointer<GstElement> encoder_;
};

} // namespace sightline
