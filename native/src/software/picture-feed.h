#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/control.h"
#include "software/jpeg.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

namespace sightline {

// The pictures of one stream for those who watch it as JPEGs. A picture is encoded in the thread of
// the first viewer that wants it, and shared; while nobody watches, nothing is encoded. A viewer
// that is slow gets the newest one when it comes back.
class PictureFeed : public std::enable_shared_from_this<PictureFeed> {
 public:
  // From the streaming thread; waits for no viewer.
  void put(GstSample* picture);
  // No picture follows, and all viewers are told.
  void close();

  // Null before the first picture.
  std::unique_ptr<Preview> watch(unsigned picturesPerSecond);

  std::uint64_t encodedPictures() const { return encodedPictures_; }

 private:
  using Clock = std::chrono::steady_clock;
  class Viewer;
  struct Numbered {
    std::uint64_t number = 0;
    SamplePointer picture;
  };
  struct Encoded {
    std::uint64_t number = 0;
    std::shared_ptr<const std::string> jpeg;
  };

  // Waits for one after `number`, hands none out before `notBefore`, and gives up at `deadline`.
  Numbered next(std::uint64_t number, Clock::time_point notBefore, Clock::time_point deadline);
  Encoded encode(Numbered picture);
  bool isClosed();
  void leave();

  std::mutex mutex_;
  std::condition_variable changed_;
  Numbered newest_;
  bool closed_ = false;

  // Guards what follows. Whoever holds it may be encoding, so nobody waits for it with `mutex_`.
  std::mutex encoding_;
  int viewers_ = 0;
  std::unique_ptr<JpegEncoder> encoder_;
  Encoded encoded_;
  std::atomic<std::uint64_t> encodedPictures_{0};
};

} // namespace sightline
