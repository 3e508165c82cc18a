#pragma once

#include "deepstream/arrival.h"
#include "deepstream/capabilities.h"
#include "deepstream/events.h"
#include "gstreamer/gst-pointer.h"
#include "gstreamer/handover.h"
#include "gstreamer/note-queue.h"
#include "pipeline/backend-setup.h"

#include <gst/app/gstappsink.h>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <semaphore>
#include <set>
#include <string>
#include <vector>

namespace sightline::deepstream {

// Factories from nvstreammux to the encoder, in the order in which pictures pass them.
std::vector<std::string> chainOf(const BackendSetup& setup);

// The one pipeline of all streams: their branches meet in nvstreammux, and what follows works on
// batches of their pictures, up to the tiled and encoded output. Branches come and go while it
// plays.
class Graph {
 public:
  using Deliver = std::function<void(GstSample* accessUnit, bool idr)>;
  // The first picture has passed all elements since they were started again.
  using Restarted = std::function<void()>;

  Graph(
      const BackendSetup& setup, Deliver deliver, Restarted restarted = [] {});
  ~Graph();
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  // False when it cannot play; `failure` says why. On a machine's first start nvinfer builds its
  // engine here, which takes minutes.
  bool start();
  std::string failure() const;

  // Plays the branch, a bin with the pad "src", as source N. Its errors become notes. False when it
  // cannot now; then it is not in the pipeline.
  bool attach(GstElement* branch, int sourceId, NoteQueue& notes);
  // Returns when nothing of the branch is left.
  void detach(GstElement* branch);

  // Whether the event has arrived at the element that it is meant for. Nothing arrives before the
  // first picture of any stream.
  bool send(Part part, EventPointer event);
  // Nothing for the parts of which each stream has its own.
  GstElement* part(Part part) const;
  std::uint64_t idrFrames() const { return idrFrames_; }
  // Monotonic; 0 when it was not.
  std::int64_t restartedMs() const { return restartedMs_; }

 private:
  struct Branch {
    int sourceId = 0;
    // Null when there was none to be had.
    GObjectPointer<GstPad> muxPad;
    NoteQueue* notes = nullptr;
  };

  GstElement* add(const char* factory);
  void addCaps(const std::string& caps);
  void build();
  void buildOutput();
  void configure(Part part, GstElement* element);
  // Waits until the branch that was this source before has left; false when it does not.
  bool reserve(int sourceId);
  // False while branches of the time before have yet to leave.
  bool restart();
  void report(GstMessage* message);

  static GstBusSyncReply onMessage(GstBus* bus, GstMessage* message, gpointer self);
  static GstPadProbeReturn onPicture(GstPad* pad, GstPadProbeInfo* info, gpointer self);
  static GstFlowReturn onEncoded(GstAppSink* sink, gpointer self);

  const BackendSetup setup_;
  const Deliver deliver_;
  const Restarted restarted_;
  GObjectPointer<GstElement> pipeline_;
  // Of the pipeline; filled by the constructor only.
  std::map<Part, GstElement*> parts_;
  std::map<Part, std::unique_ptr<Arrival>> arrivals_;
  GstElement* last_ = nullptr;
  std::atomic<std::uint64_t> idrFrames_{0};
  std::atomic<std::int64_t> restartedMs_{0};
  Handover handover_;
  // One event at a time. Elements that hang keep the one who sent it, and nobody else.
  std::binary_semaphore sendTurn_{1};
  std::mutex attachMutex_;

  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::set<int> reserved_;
  std::map<GstElement*, Branch> branches_;
  std::string failure_;
};

} // namespace sightline::deepstream
