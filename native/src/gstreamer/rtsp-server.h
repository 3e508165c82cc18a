#pragma once

#include "gstreamer/output.h"

#include <gst/rtsp-server/rtsp-server.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace sightline {

// The one RTSP server of the process, on 127.0.0.1: each stream at /{percent-encoded camera_id}.
class RtspServer {
 public:
  // Null when the port is taken.
  static std::unique_ptr<RtspServer> listen(int port);
  ~RtspServer();
  RtspServer(const RtspServer&) = delete;
  RtspServer& operator=(const RtspServer&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& cameraId) const;
  void mount(const std::string& cameraId, std::shared_ptr<Output> output);
  void unmount(const std::string& cameraId);

 private:
  struct UnrefSource {
    void operator()(GSource* source) const {
      g_source_destroy(source);
      g_source_unref(source);
    }
  };

  RtspServer();
  bool attach(int port);
  GstRTSPStatusCode beforeDescribe(GstRTSPContext* request);
  static void onClient(GstRTSPServer* server, GstRTSPClient* client, gpointer self);

  GObjectPointer<GstRTSPServer> server_;
  GObjectPointer<GstRTSPMountPoints> mounts_;
  GMainContext* context_;
  GMainLoop* loop_;
  // Owned by the context.
  GSource* listening_ = nullptr;
  std::unique_ptr<GSource, UnrefSource> sweeping_;
  std::thread thread_;
  int port_ = 0;

  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Output>> outputs_;
};

// One spelling for all percent-encodings of the same path, segment by segment.
std::string canonicalPath(const std::string& path);

} // namespace sightline
