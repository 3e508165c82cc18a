#pragma once

#include "gstreamer/gst-pointer.h"
#include "gstreamer/handover.h"
#include "gstreamer/interception.h"
#include "gstreamer/note-queue.h"
#include "gstreamer/tls-trust.h"
#include "pipeline/event-log.h"
#include "pipeline/source-rule.h"
#include "software/frame-skip.h"
#include "software/frame-tap.h"

#include <gst/app/gstappsink.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>

namespace sightline {

// How a connection is made.
struct SourceSetup {
  // H.264 or H.265.
  VideoCodec codec = VideoCodec::h264;
  // Pictures are not held back for packets that come late or never.
  bool lowLatency = false;
  // For rtsps.
  std::shared_ptr<const TlsTrust> trust{};

  VideoCodec otherCodec() const {
    return codec == VideoCodec::h264 ? VideoCodec::h265 : VideoCodec::h264;
  }
};

// One connection to one source: a GstPipeline from the source to the decoded picture. Built,
// started and torn down by the stream's control thread; tells the rest through the queue.
class Source {
 public:
  struct Context {
    FrameTap& tap;
    FrameSkip& skip;
    NoteQueue& notes;
    Interception& interception;
    // GStreamer's logs, tracers and errors call it by this, percent-encoded: they hold no other
    // words of whoever named it.
    const std::string& cameraId;
  };
  static std::unique_ptr<Source> open(const Admission& admission, const SourceSetup& setup,
                                      const Context& context);

  virtual ~Source();
  // Of a recording, once it plays; nothing for what has no end.
  virtual std::optional<Progress> progress() const { return std::nullopt; }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 protected:
  Source(const SourceSetup& setup, const Context& context);

  const SourceSetup& setup() const { return setup_; }
  GstBin* bin() const { return GST_BIN(pipeline_.get()); }
  // RTP, live as it is; encoded pictures of a recording, which the clock paces; or live ones.
  enum class Input { packets, pictures, livePictures };
  // Adds `rtph264depay ! h264parse ! avdec_h264 ! appsink`, for pictures without the first, and
  // returns its sink pad. The elements of plugins stand behind the decoder.
  GObjectPointer<GstPad> addDecoder(Input input);
  void start();
  // Subclasses call it in their destructor: signal handlers refer to them.
  void stop();
  void fail(StreamError error);
  // The source sends the other codec that can be decoded.
  void reportOtherCodec();
  virtual StreamError classify(GstMessage* message) const = 0;

  Handover handover_;

 private:
  static GstBusSyncReply onMessage(GstBus* bus, GstMessage* message, gpointer self);
  static GstPadProbeReturn onEncoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn onDecoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstFlowReturn onShown(GstAppSink* sink, gpointer self);

  const SourceSetup setup_;
  FrameTap& tap_;
  FrameSkip& skip_;
  NoteQueue& notes_;
  Interception& interception_;
  GObjectPointer<GstElement> pipeline_;
  // The sink keeps a picture until it is its turn.
  bool paced_ = false;
  std::atomic<bool> firstFrame_{true};
};

} // namespace sightline
