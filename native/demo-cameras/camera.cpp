#include "camera.h"

#include "picture.h"

#include <gst/app/gstappsrc.h>

#include <algorithm>
#include <array>

namespace demo {

namespace {

// `do-timestamp` would ask the clock before the base time is set: a picture of that moment would be
// hours ahead, and its client would never get one.
GstClockTime runningTime(GstElement* input) {
  GstState state = GST_STATE_NULL;
  gst_element_get_state(input, &state, nullptr, 0);
  return state == GST_STATE_PLAYING ? gst_element_get_current_running_time(input) : 0;
}

// A slice of a picture, by its start code and type, and then nothing that a decoder understands.
constexpr std::array<std::uint8_t, 5> startCode{0, 0, 0, 1, 0x41};
constexpr std::uint8_t noise = 0xA5;

} // namespace

Camera::Camera(std::string path, std::string codec, Clip clip)
    : path_(std::move(path)), codec_(std::move(codec)), clip_(std::move(clip)) {}

void Camera::tick() {
  const std::lock_guard lock(mutex_);
  if (frozen_) {
    return;
  }
  now_ = (now_ + 1) % clip_.units.size();
  for (Client& client : clients_) {
    GstSample* unit = clip_.units[client.next].get();
    GstBuffer* buffer = nextBuffer(unit);
    GST_BUFFER_PTS(buffer) = GST_BUFFER_DTS(buffer) = runningTime(client.input);
    GstSample* sample = gst_sample_new(buffer, gst_sample_get_caps(unit), nullptr, nullptr);
    gst_buffer_unref(buffer);
    gst_app_src_push_sample(GST_APP_SRC(client.input), sample);
    gst_sample_unref(sample);
    client.next = (client.next + 1) % clip_.units.size();
    ++sent_;
  }
}

GstBuffer* Camera::nextBuffer(GstSample* unit) const {
  // The clip is shared; the copy has the same memory, and its own time.
  GstBuffer* buffer = gst_buffer_copy(gst_sample_get_buffer(unit));
  if (garbage_) {
    const gsize bytes = gst_buffer_get_size(buffer);
    gst_buffer_unref(buffer);
    buffer = gst_buffer_new_allocate(nullptr, bytes, nullptr);
    gst_buffer_memset(buffer, 0, noise, bytes);
    gst_buffer_fill(buffer, 0, startCode.data(), std::min<gsize>(startCode.size(), bytes));
  }
  return buffer;
}

void Camera::setFrozen(bool frozen) {
  const std::lock_guard lock(mutex_);
  frozen_ = frozen;
}

void Camera::setGarbage(bool garbage) {
  const std::lock_guard lock(mutex_);
  garbage_ = garbage;
}

void Camera::setClip(Clip clip) {
  const std::lock_guard lock(mutex_);
  clip_ = std::move(clip);
  for (Client& client : clients_) {
    client.next -= client.next % framesPerGroup;
  }
}

std::uint64_t Camera::sent() {
  const std::lock_guard lock(mutex_);
  return sent_;
}

void Camera::mount(GstRTSPMountPoints* mounts, bool withAuthorization) {
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  // A client that does not read loses pictures here instead of filling the memory.
  const std::string launch = "( appsrc name=input is-live=true format=time "
                             "max-buffers=60 max-bytes=0 leaky-type=downstream ! rtp" +
                             codec_ + "pay name=pay0 pt=96 config-interval=-1 )";
  gst_rtsp_media_factory_set_launch(factory, launch.c_str());
  if (withAuthorization) {
    GstRTSPPermissions* permissions = gst_rtsp_permissions_new();
    gst_rtsp_permissions_add_role(permissions, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                  G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                  G_TYPE_BOOLEAN, TRUE, nullptr);
    gst_rtsp_media_factory_set_permissions(factory, permissions);
    gst_rtsp_permissions_unref(permissions);
  }
  g_signal_connect(factory, "media-configure", G_CALLBACK(onMedia), this);
  gst_rtsp_mount_points_add_factory(mounts, path_.c_str(), factory);
}

void Camera::unmount(GstRTSPMountPoints* mounts) {
  gst_rtsp_mount_points_remove_factory(mounts, path_.c_str());
  const std::lock_guard lock(mutex_);
  for (const Client& client : clients_) {
    gst_app_src_end_of_stream(GST_APP_SRC(client.input));
  }
}

void Camera::onMedia(GstRTSPMediaFactory*, GstRTSPMedia* media, gpointer camera) {
  static_cast<Camera*>(camera)->join(media);
}

void Camera::join(GstRTSPMedia* media) {
  GstElement* bin = gst_rtsp_media_get_element(media);
  GstElement* input = gst_bin_get_by_name(GST_BIN(bin), "input");
  gst_object_unref(bin);
  const std::lock_guard lock(mutex_);
  clients_.push_back({input, now_ - now_ % framesPerGroup});
  auto* joined = new Joined{this, std::prev(clients_.end())};
  const auto forget = +[](gpointer data, GClosure*) { delete static_cast<Joined*>(data); };
  g_signal_connect_data(media, "unprepared", G_CALLBACK(onUnprepared), joined, forget,
                        GConnectFlags{});
}

void Camera::onUnprepared(GstRTSPMedia*, gpointer data) {
  auto* joined = static_cast<Joined*>(data);
  if (!joined->left) {
    joined->left = true;
    joined->camera->leave(*joined);
  }
}

void Camera::leave(Joined& joined) {
  const std::lock_guard lock(mutex_);
  gst_object_unref(joined.place->input);
  clients_.erase(joined.place);
}

} // namespace demo
