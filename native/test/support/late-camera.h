#pragma once

#include "gstreamer/gst-pointer.h"

#include <gst/rtsp-server/rtsp-server.h>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace test {

// An RTSP camera over UDP whose network mixes packets up: every fourth picture, one packet each,
// comes two pictures' time too late, after the one that follows it. Between two late ones there are
// two in order: GStreamer takes no new sender without. 30 pictures a second, all I-pictures.
class LateCamera {
 public:
  LateCamera();
  ~LateCamera();
  LateCamera(const LateCamera&) = delete;
  LateCamera& operator=(const LateCamera&) = delete;

  int port() const { return gst_rtsp_server_get_bound_port(server_.get()); }
  std::string url() const { return "rtspu://127.0.0.1:" + std::to_string(port()) + "/late"; }
  // Pictures so far, to whoever watched.
  std::uint64_t sent() const { return sent_; }

 private:
  static void onMedia(GstRTSPMediaFactory* factory, GstRTSPMedia* media, gpointer self);
  static GstPadProbeReturn onPacket(GstPad* pad, GstPadProbeInfo* info, gpointer self);

  sightline::GObjectPointer<GstRTSPServer> server_;
  GMainContext* context_;
  GMainLoop* loop_;
  GSource* listening_;
  std::atomic<std::uint64_t> sent_{0};
  std::mutex mutex_;
  // The late picture that waits for the next one to go first.
  std::unique_ptr<GstMiniObject, void (*)(GstMiniObject*)> waiting_{nullptr, gst_mini_object_unref};
  std::thread thread_;
};

} // namespace test
