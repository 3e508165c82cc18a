#include "support/late-camera.h"

#include "gstreamer/elements.h"

namespace test {

using namespace sightline;

namespace {

// The payloader makes one packet of a picture, by itself or as a list.
void send(GstPad* peer, GstMiniObject* packet) {
  if (GST_IS_BUFFER_LIST(packet)) {
    gst_pad_chain_list(peer, GST_BUFFER_LIST(packet));
  } else {
    gst_pad_chain(peer, GST_BUFFER(packet));
  }
}

} // namespace

LateCamera::LateCamera()
    : server_(gst_rtsp_server_new()), context_(g_main_context_new()),
      loop_(g_main_loop_new(context_, FALSE)) {
  gst_rtsp_server_set_address(server_.get(), "127.0.0.1");
  gst_rtsp_server_set_service(server_.get(), "0");
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(
      factory, "( videotestsrc is-live=true ! video/x-raw,width=160,height=120,framerate=30/1 ! "
               "x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max=1 ! "
               "rtph264pay name=pay0 config-interval=-1 mtu=60000 aggregate-mode=zero-latency )");
  g_signal_connect(factory, "media-configure", G_CALLBACK(onMedia), this);
  const GObjectPointer<GstRTSPMountPoints> mounts(gst_rtsp_server_get_mount_points(server_.get()));
  gst_rtsp_mount_points_add_factory(mounts.get(), "/late", factory);
  listening_ =
      g_main_context_find_source_by_id(context_, gst_rtsp_server_attach(server_.get(), context_));
  thread_ = std::thread([this] { g_main_loop_run(loop_); });
}

LateCamera::~LateCamera() {
  const auto removeClient =
      +[](GstRTSPServer*, GstRTSPClient*, gpointer) { return GST_RTSP_FILTER_REMOVE; };
  gst_rtsp_server_client_filter(server_.get(), removeClient, nullptr);
  g_source_destroy(listening_);
  // A loop that has not started yet would miss a bare quit.
  g_main_context_invoke(
      context_,
      [](gpointer loop) -> gboolean {
        g_main_loop_quit(static_cast<GMainLoop*>(loop));
        return G_SOURCE_REMOVE;
      },
      loop_);
  thread_.join();
  g_main_loop_unref(loop_);
  g_main_context_unref(context_);
}

void LateCamera::onMedia(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer self) {
  // Of the viewer before, which has gone.
  auto* camera = static_cast<LateCamera*>(self);
  {
    const std::lock_guard lock(camera->mutex_);
    camera->waiting_.reset();
  }
  const GObjectPointer<GstElement> bin(gst_rtsp_media_get_element(media));
  const auto payloader = childNamed(bin.get(), "pay0");
  gst_pad_add_probe(
      padNamed(payloader.get(), "src").get(),
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST),
      onPacket, self, nullptr);
}

GstPadProbeReturn LateCamera::onPacket(GstPad* pad, GstPadProbeInfo* info, gpointer self) {
  auto* camera = static_cast<LateCamera*>(self);
  auto* packet = static_cast<GstMiniObject*>(GST_PAD_PROBE_INFO_DATA(info));
  const std::uint64_t place = camera->sent_++ % 4;
  const GObjectPointer<GstPad> peer(gst_pad_get_peer(pad));
  const std::lock_guard lock(camera->mutex_);
  if (place == 2) {
    camera->waiting_.reset(packet);
    return GST_PAD_PROBE_HANDLED;
  }
  if (place == 0 && camera->waiting_) {
    send(peer.get(), camera->waiting_.release());
  }
  send(peer.get(), packet);
  return GST_PAD_PROBE_HANDLED;
}

} // namespace test
