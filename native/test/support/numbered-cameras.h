#pragma once

#include "gstreamer/gst-pointer.h"
#include "gstreamer/output.h"
#include "gstreamer/rtsp-server.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace test {

// RTSP cameras in this process, 640x360 at 15 a second, whose pictures bear their number: a test
// can say which picture was the last to arrive, and count the ones that did not.
class NumberedCameras {
 public:
  explicit NumberedCameras(int count);
  ~NumberedCameras();
  NumberedCameras(const NumberedCameras&) = delete;
  NumberedCameras& operator=(const NumberedCameras&) = delete;

  int port() const { return server_->port(); }
  // From 1.
  std::string url(int camera) const { return server_->url("camera-" + std::to_string(camera)); }

  // When it returns, this camera sends no picture any more.
  void pause(int camera);
  void resume(int camera);
  struct Sent {
    std::uint64_t pictures = 0;
    // Of the last one.
    int number = 0;
  };
  Sent sent(int camera) const;

 private:
  struct Camera {
    std::shared_ptr<sightline::Output> output = std::make_shared<sightline::Output>();
    std::atomic<bool> wantsIdr{false};
    std::uint64_t sent = 0;
    std::size_t next = 0;
    bool paused = false;
  };

  void play();
  void tick(Camera& camera);
  Camera& at(int camera) const { return *cameras_.at(static_cast<std::size_t>(camera - 1)); }

  const std::unique_ptr<sightline::RtspServer> server_;
  // Encoded pictures in order; every `groupPictures`th is an IDR.
  std::vector<sightline::SamplePointer> clip_;
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Camera>> cameras_;
  std::atomic<bool> ending_{false};
  std::thread thread_;
};

} // namespace test
