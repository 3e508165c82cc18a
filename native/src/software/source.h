#pragma once

#include "pipeline/source-rule.h"
#include "software/frame-tap.h"
#include "software/gst-pointer.h"
#include "software/handover.h"
#include "software/note-queue.h"

#include <gst/app/gstappsink.h>

#include <atomic>
#include <memory>
#include <mutex>

namespace sightline {

// One connection to one source: a GstPipeline from the source to the decoded picture. Built,
// started and torn down by the stream's control thread; tells the rest through the queue.
class Source {
 public:
  static std::unique_ptr<Source> open(const Admission& admission, FrameTap& tap, NoteQueue& notes);

  virtual ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

 protected:
  Source(FrameTap& tap, NoteQueue& notes);

  GstBin* bin() const { return GST_BIN(pipeline_.get()); }
  // Adds `head ! h264parse ! avdec_h264 ! appsink`, with `head` the depayloader or nothing, and
  // returns its sink pad. Files are paced by the clock, live sources are not.
  GObjectPointer<GstPad> addDecoder(const char* head, bool paced);
  void start();
  // Subclasses call it in their destructor: signal handlers refer to them.
  void stop();
  void fail(StreamError error);
  virtual StreamError classify(GstMessage* message) const = 0;

  Handover handover_;

 private:
  static GstBusSyncReply onMessage(GstBus* bus, GstMessage* message, gpointer self);
  static GstPadProbeReturn onEncoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn onDecoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstFlowReturn onShown(GstAppSink* sink, gpointer self);

  FrameTap& tap_;
  NoteQueue& notes_;
  GObjectPointer<GstElement> pipeline_;
  std::atomic<bool> firstFrame_{true};
};

} // namespace sightline
