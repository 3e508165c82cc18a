#pragma once

#include "software/gst-pointer.h"
#include "software/handover.h"
#include "software/note-queue.h"

#include <gst/app/gstappsink.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>

namespace sightline {

// The H.264 encoder of one stream, in a pipeline of its own: it outlives the connections of the
// source, takes any picture size, and can hold nobody up because its queue drops the oldest
// picture.
class Encoder {
 public:
  // An encoded access unit, and whether it is an IDR picture. Called from the encoder's thread.
  using Deliver = std::function<void(GstSample*, bool)>;

  Encoder(Deliver deliver, NoteQueue& notes);
  ~Encoder();
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  // Both by the control thread only; doing it twice is fine.
  void start();
  void stop();

  void push(GstSample* picture);
  // The next picture becomes an IDR. False while the encoder does not run.
  bool forceIdr();
  std::uint64_t idrFrames() const { return idrFrames_; }

 private:
  static GstBusSyncReply onMessage(GstBus* bus, GstMessage* message, gpointer self);
  static GstFlowReturn onEncoded(GstAppSink* sink, gpointer self);
  bool forceIdrLocked();

  const Deliver deliver_;
  NoteQueue& notes_;
  Handover handover_;
  GObjectPointer<GstElement> pipeline_;
  std::atomic<std::uint64_t> idrFrames_{0};

  // Guards what push and forceIdr use against start and stop.
  std::mutex mutex_;
  GObjectPointer<GstElement> input_;
  GObjectPointer<GstPad> encoderOutput_;
  std::int64_t lastIdrAskedMs_ = 0;
};

// Whether the first picture of a byte-stream access unit is an IDR (NAL type 5).
bool isIdr(const std::uint8_t* bytes, std::size_t size);

} // namespace sightline
