#include "support/numbered-cameras.h"

#include "gstreamer/elements.h"
#include "support/recording.h"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

#include <chrono>

namespace test {

using namespace sightline;

namespace {

constexpr int width = 640;
constexpr int height = 360;
constexpr std::size_t groupPictures = 15;
constexpr int clipPictures = 16 * groupPictures;
constexpr auto period = std::chrono::microseconds(1'000'000 / 15);
std::vector<SamplePointer> encodeClip() {
  const GObjectPointer<GstElement> pipeline(
      GST_ELEMENT(gst_object_ref_sink(gst_pipeline_new(nullptr))));
  GstElement* bin =
      parseBin("appsrc name=input format=time max-bytes=0 caps=video/x-raw,format=I420,width=" +
                   std::to_string(width) + ",height=" + std::to_string(height) +
                   ",framerate=15/1 ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 "
                   "key-int-max=" +
                   std::to_string(groupPictures) +
                   " option-string=scenecut=0 ! h264parse config-interval=-1 ! "
                   "video/x-h264,stream-format=byte-stream,alignment=au ! "
                   "appsink name=output sync=false",
               false);
  gst_bin_add(GST_BIN(pipeline.get()), bin);
  const auto input = childNamed(bin, "input");
  const auto output = childNamed(bin, "output");
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  for (int number = 0; number < clipPictures; ++number) {
    const SamplePointer drawn = drawNumber(number, width, height);
    GstBuffer* buffer = gst_buffer_copy(gst_sample_get_buffer(drawn.get()));
    GST_BUFFER_PTS(buffer) = gst_util_uint64_scale(static_cast<guint64>(number), GST_SECOND, 15);
    gst_app_src_push_buffer(GST_APP_SRC(input.get()), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(input.get()));
  std::vector<SamplePointer> clip;
  while (GstSample* unit = gst_app_sink_pull_sample(GST_APP_SINK(output.get()))) {
    clip.emplace_back(unit);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return clip;
}

} // namespace

NumberedCameras::NumberedCameras(int count) : server_(RtspServer::listen(0)), clip_(encodeClip()) {
  for (int number = 1; number <= count; ++number) {
    auto camera = std::make_unique<Camera>();
    camera->output->setIdrRequest([wanted = &camera->wantsIdr] { *wanted = true; });
    server_->mount("camera-" + std::to_string(number), camera->output);
    cameras_.push_back(std::move(camera));
  }
  thread_ = std::thread([this] { play(); });
}

NumberedCameras::~NumberedCameras() {
  ending_ = true;
  thread_.join();
  for (const auto& camera : cameras_) {
    camera->output->close();
  }
}

void NumberedCameras::pause(int camera) {
  const std::lock_guard lock(mutex_);
  at(camera).paused = true;
}

void NumberedCameras::resume(int camera) {
  const std::lock_guard lock(mutex_);
  at(camera).paused = false;
}

NumberedCameras::Sent NumberedCameras::sent(int camera) const {
  const std::lock_guard lock(mutex_);
  const Camera& asked = at(camera);
  return {asked.sent, static_cast<int>((asked.next + clip_.size() - 1) % clip_.size())};
}

void NumberedCameras::play() {
  for (auto next = std::chrono::steady_clock::now(); !ending_; next += period) {
    std::this_thread::sleep_until(next);
    const std::lock_guard lock(mutex_);
    for (const auto& camera : cameras_) {
      if (!camera->paused) {
        tick(*camera);
      }
    }
  }
}

void NumberedCameras::tick(Camera& camera) {
  if (camera.wantsIdr.exchange(false)) {
    camera.next = (camera.next / groupPictures + 1) * groupPictures % clip_.size();
  }
  camera.output->deliver(clip_[camera.next].get(), camera.next % groupPictures == 0);
  camera.next = (camera.next + 1) % clip_.size();
  ++camera.sent;
}

} // namespace test
