#include "gstreamer/rtsp-server.h"

#include "gstreamer/elements.h"
#include "gstreamer/encoder-codec.h"
#include "pipeline/limits.h"
#include "pipeline/url.h"

namespace sightline {

namespace {

// Mount points that find a path however the client has percent-encoded it.
struct CanonicalMounts {
  GstRTSPMountPoints parent;
};
struct CanonicalMountsClass {
  GstRTSPMountPointsClass parent;
};

gchar* makeCanonicalPath(GstRTSPMountPoints*, const GstRTSPUrl* url) {
  return g_strdup(canonicalPath(url->abspath != nullptr ? url->abspath : "/").c_str());
}

GType canonicalMountsType() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_RTSP_MOUNT_POINTS, "SightlineCanonicalMounts", sizeof(CanonicalMountsClass),
      [](gpointer klass, gpointer) {
        static_cast<GstRTSPMountPointsClass*>(klass)->make_path = makeCanonicalPath;
      },
      sizeof(CanonicalMounts), nullptr, GTypeFlags{});
  return type;
}

std::string mountPath(const std::string& cameraId) {
  return canonicalPath("/" + percentEncode(cameraId));
}

using SharedOutput = std::shared_ptr<Output>;

constexpr auto outputKey = "output";

// A factory whose media are for the codec that the output has when the client comes.
struct OutputFactory {
  GstRTSPMediaFactory parent;
};
struct OutputFactoryClass {
  GstRTSPMediaFactoryClass parent;
};

GstElement* createMedia(GstRTSPMediaFactory* factory, const GstRTSPUrl*) {
  const auto* output =
      static_cast<const SharedOutput*>(g_object_get_data(G_OBJECT(factory), outputKey));
  return gst_parse_launch_full(rtspMediaDescription((*output)->codec()).c_str(), nullptr,
                               GST_PARSE_FLAG_PLACE_IN_BIN, nullptr);
}

GType outputFactoryType() {
  static const GType type = g_type_register_static_simple(
      GST_TYPE_RTSP_MEDIA_FACTORY, "SightlineOutputFactory", sizeof(OutputFactoryClass),
      [](gpointer klass, gpointer) {
        static_cast<GstRTSPMediaFactoryClass*>(klass)->create_element = createMedia;
      },
      sizeof(OutputFactory), nullptr, GTypeFlags{});
  return type;
}

void onMedia(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer output) {
  (*static_cast<SharedOutput*>(output))->join(media);
}

} // namespace

std::string canonicalPath(const std::string& path) {
  std::string result;
  for (std::size_t begin = 0; begin < path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string segment = path.substr(begin, end - begin);
    const std::string plain = percentDecode(segment).value_or(segment);
    for (const char character : plain) {
      // The control URLs of the server's own media hold "stream=0".
      result += character == '=' ? "=" : percentEncode(std::string_view(&character, 1));
    }
    result += end < path.size() ? "/" : "";
    begin = end + 1;
  }
  return result;
}

RtspServer::RtspServer()
    : server_(gst_rtsp_server_new()),
      mounts_(static_cast<GstRTSPMountPoints*>(g_object_new(canonicalMountsType(), nullptr))),
      context_(g_main_context_new()), loop_(g_main_loop_new(context_, FALSE)) {
  gst_rtsp_server_set_mount_points(server_.get(), mounts_.get());
  const GObjectPointer<GstRTSPThreadPool> threads(gst_rtsp_server_get_thread_pool(server_.get()));
  // A thread for each client: one that waits for its first picture holds up no other.
  gst_rtsp_thread_pool_set_max_threads(threads.get(), -1);
  const GObjectPointer<GstRTSPSessionPool> sessions(
      gst_rtsp_server_get_session_pool(server_.get()));
  gst_rtsp_session_pool_set_max_sessions(sessions.get(), limits::rtspSessionsMax);
  g_signal_connect(server_.get(), "client-connected", G_CALLBACK(onClient), this);
}

std::unique_ptr<RtspServer> RtspServer::listen(int port) {
  std::unique_ptr<RtspServer> server(new RtspServer());
  return server->attach(port) ? std::move(server) : nullptr;
}

bool RtspServer::attach(int port) {
  gst_rtsp_server_set_address(server_.get(), "127.0.0.1");
  gst_rtsp_server_set_service(server_.get(), std::to_string(port).c_str());
  const guint listening = gst_rtsp_server_attach(server_.get(), context_);
  if (listening == 0) {
    return false;
  }
  listening_ = g_main_context_find_source_by_id(context_, listening);
  sweeping_.reset(g_timeout_source_new_seconds(limits::rtspSessionSweep.count()));
  const auto sweep = +[](gpointer server) -> gboolean {
    const GObjectPointer<GstRTSPSessionPool> sessions(
        gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer*>(server)));
    gst_rtsp_session_pool_cleanup(sessions.get());
    return G_SOURCE_CONTINUE;
  };
  g_source_set_callback(sweeping_.get(), sweep, server_.get(), nullptr);
  g_source_attach(sweeping_.get(), context_);
  port_ = gst_rtsp_server_get_bound_port(server_.get());
  thread_ = std::thread([this] { g_main_loop_run(loop_); });
  return true;
}

RtspServer::~RtspServer() {
  const auto removeClient =
      +[](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; };
  gst_rtsp_server_client_filter(server_.get(), removeClient, nullptr);
  if (listening_ != nullptr) {
    g_source_destroy(listening_);
  }
  sweeping_.reset();
  // A loop that has not started yet would miss a bare quit.
  g_main_context_invoke(
      context_,
      [](gpointer loop) -> gboolean {
        g_main_loop_quit(static_cast<GMainLoop*>(loop));
        return G_SOURCE_REMOVE;
      },
      loop_);
  if (thread_.joinable()) {
    thread_.join();
  }
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

std::string RtspServer::url(const std::string& cameraId) const {
  return "rtsp://127.0.0.1:" + std::to_string(port_) + "/" + percentEncode(cameraId);
}

void RtspServer::mount(const std::string& cameraId, std::shared_ptr<Output> output) {
  const std::string path = mountPath(cameraId);
  auto* factory = static_cast<GstRTSPMediaFactory*>(g_object_new(outputFactoryType(), nullptr));
  auto* kept = new SharedOutput(output);
  const auto forget = +[](gpointer data) { delete static_cast<SharedOutput*>(data); };
  g_object_set_data_full(G_OBJECT(factory), outputKey, kept, forget);
  g_signal_connect(factory, "media-configure", G_CALLBACK(onMedia), kept);
  {
    const std::lock_guard lock(mutex_);
    outputs_[path] = std::move(output);
  }
  gst_rtsp_mount_points_add_factory(mounts_.get(), path.c_str(), factory);
}

void RtspServer::unmount(const std::string& cameraId) {
  const std::string path = mountPath(cameraId);
  gst_rtsp_mount_points_remove_factory(mounts_.get(), path.c_str());
  std::shared_ptr<Output> output;
  {
    const std::lock_guard lock(mutex_);
    output = std::move(outputs_[path]);
    outputs_.erase(path);
  }
  if (output) {
    output->close();
  }
}

GstRTSPStatusCode RtspServer::beforeDescribe(GstRTSPContext* request) {
  const std::lock_guard lock(mutex_);
  const auto found =
      outputs_.find(canonicalPath(request->uri->abspath != nullptr ? request->uri->abspath : "/"));
  // Without pictures there is no SDP, and DESCRIBE would wait 20 s for one.
  return found != outputs_.end() && !found->second->isFresh() ? GST_RTSP_STS_SERVICE_UNAVAILABLE
                                                              : GST_RTSP_STS_OK;
}

void RtspServer::onClient(GstRTSPServer*, GstRTSPClient* client, gpointer self) {
  const auto describe = +[](GstRTSPClient*, GstRTSPContext* request, gpointer self) {
    return static_cast<RtspServer*>(self)->beforeDescribe(request);
  };
  g_signal_connect(client, "pre-describe-request", G_CALLBACK(describe), self);
}

} // namespace sightline
