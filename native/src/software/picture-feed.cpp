#include "software/picture-feed.h"

#include <algorithm>
#include <utility>

namespace sightline {

class PictureFeed::Viewer final : public Preview {
 public:
  Viewer(std::shared_ptr<PictureFeed> feed, unsigned picturesPerSecond)
      : feed_(std::move(feed)),
        interval_(std::chrono::microseconds(1'000'000) / picturesPerSecond) {}
  ~Viewer() override { feed_->leave(); }

  std::shared_ptr<const std::string> next(std::chrono::milliseconds patience) override {
    Numbered newer = feed_->next(number_, notBefore_, Clock::now() + patience);
    if (!newer.picture) {
      return nullptr;
    }
    // From when it was due, so that waiting for a picture does not lower the rate.
    notBefore_ = std::max(notBefore_ + interval_, Clock::now());
    Encoded encoded = feed_->encode(std::move(newer));
    number_ = encoded.number;
    return encoded.jpeg;
  }

  bool hasEnded() const override { return feed_->isClosed(); }

 private:
  const std::shared_ptr<PictureFeed> feed_;
  const std::chrono::microseconds interval_;
  std::uint64_t number_ = 0;
  Clock::time_point notBefore_ = Clock::now();
};

void PictureFeed::put(GstSample* picture) {
  SamplePointer kept(gst_sample_ref(picture));
  {
    const std::lock_guard lock(mutex_);
    newest_.picture.swap(kept);
    ++newest_.number;
  }
  changed_.notify_all();
}

void PictureFeed::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    newest_.picture.reset();
  }
  changed_.notify_all();
}

std::unique_ptr<Preview> PictureFeed::watch(unsigned picturesPerSecond) {
  {
    const std::lock_guard lock(mutex_);
    if (!newest_.picture) {
      return nullptr;
    }
  }
  const std::lock_guard lock(encoding_);
  ++viewers_;
  return std::make_unique<Viewer>(shared_from_this(), picturesPerSecond);
}

PictureFeed::Numbered PictureFeed::next(std::uint64_t number, Clock::time_point notBefore,
                                        Clock::time_point deadline) {
  std::unique_lock lock(mutex_);
  while (!closed_ && Clock::now() < deadline) {
    const bool isNew = newest_.number > number;
    if (isNew && Clock::now() >= notBefore) {
      return {newest_.number, SamplePointer(gst_sample_ref(newest_.picture.get()))};
    }
    changed_.wait_until(lock, isNew ? std::min(notBefore, deadline) : deadline);
  }
  return {};
}

PictureFeed::Encoded PictureFeed::encode(Numbered picture) {
  const std::lock_guard lock(encoding_);
  if (encoded_.number < picture.number) {
    if (!encoder_) {
      encoder_ = std::make_unique<JpegEncoder>();
    }
    std::string jpeg = encoder_->encode(picture.picture.get());
    if (jpeg.empty()) {
      // What it was late with would be taken for the next picture.
      encoder_.reset();
    }
    encoded_ = {picture.number, std::make_shared<const std::string>(std::move(jpeg))};
    ++encodedPictures_;
  }
  return encoded_;
}

bool PictureFeed::isClosed() {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void PictureFeed::leave() {
  const std::lock_guard lock(encoding_);
  if (--viewers_ == 0) {
    encoder_.reset();
    encoded_.jpeg.reset();
    encoded_.number = 0;
  }
}

} // namespace sightline
