#pragma once

#include "deepstream/frame-meter.h"
#include "deepstream/graph.h"
#include "deepstream/source-controls.h"
#include "gstreamer/gst-pointer.h"
#include "gstreamer/handover.h"
#include "gstreamer/interception.h"
#include "gstreamer/note-queue.h"
#include "pipeline/event-log.h"
#include "pipeline/source-rule.h"

#include <gst/rtsp/gstrtspmessage.h>

#include <atomic>
#include <optional>
#include <string>

namespace sightline::deepstream {

// One connection to one source: a bin of nvurisrcbin, nvvideoconvert and the elements of plugins
// that feeds nvstreammux.
// Built and torn down by the stream's control thread; tells the rest through the queue.
class SourceBranch {
 public:
  struct Context {
    Graph& graph;
    SourceControls& controls;
    FrameMeter& meter;
    NoteQueue& notes;
    Interception& interception;
    Reconnection reconnection;
  };

  SourceBranch(int sourceId, const Admission& admission, const Context& context);
  ~SourceBranch();
  SourceBranch(const SourceBranch&) = delete;
  SourceBranch& operator=(const SourceBranch&) = delete;

  // Whether it is in the pipeline.
  bool isAttached() const { return attached_; }
  // Of a recording, once it plays.
  std::optional<Progress> progress() const;

 private:
  // Links a new element to `last` and returns it.
  GstElement* append(GstElement* last, const char* factory);
  // What follows the converter; returns the last element.
  GstElement* addRest();
  void configureSource(GstElement* source);
  void adopt(GstElement* element);

  static void onPad(GstElement* source, GstPad* pad, gpointer self);
  static void onElement(GstBin* bin, GstBin* parent, GstElement* element, gpointer self);
  static void onElementGone(GstBin* bin, GstBin* parent, GstElement* element, gpointer self);
  static gboolean onSend(GstElement* rtspsrc, GstRTSPMessage* message, gpointer self);
  static GstPadProbeReturn onEncoded(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstPadProbeReturn onShown(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  const Admission admission_;
  // "192.168.1.20:554"; empty when the source is no camera.
  std::string authority_;
  const Context context_;
  GObjectPointer<GstElement> bin_;
  GObjectPointer<GstElement> source_;
  GObjectPointer<GstElement> converter_;
  std::atomic<bool> firstFrame_{true};
  bool attached_ = false;
  Handover handover_;
};

} // namespace sightline::deepstream
