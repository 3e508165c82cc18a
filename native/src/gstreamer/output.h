#pragma once

#include "gstreamer/gst-pointer.h"
#include "pipeline/settings.h"

#include <gst/rtsp-server/rtsp-media.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>

namespace sightline {

// Hands the encoded pictures of one stream to its RTSP clients. Each client has its own queue: one
// that stops reading loses pictures up to the next IDR, and nobody else notices.
class Output : public std::enable_shared_from_this<Output> {
 public:
  // A client that joins asks for an IDR, so that it sees a picture at once, and so does one that
  // has lost pictures and can take some again.
  void setIdrRequest(std::function<void()> requestIdr);

  // What the clients that join from now on get; those with another codec are ended.
  void setCodec(VideoCodec codec);
  VideoCodec codec() const { return codec_; }

  void deliver(GstSample* accessUnit, bool idr);
  void join(GstRTSPMedia* media);
  // Ends all clients and lets none in. After it the IDR request is not called any more.
  void close();

  // Whether encoded pictures are coming at the moment.
  bool isFresh() const;
  int clients() const;
  std::uint64_t bytesOut() const { return bytesOut_; }

 private:
  struct Client {
    GObjectPointer<GstElement> input;
    // Of the access units that its media can take.
    std::string mediaType;
    bool waitsForIdr = true;
    // It has lost pictures; there may be no other IDR for long, or ever.
    bool wantsIdr = false;
  };
  using ClientPlace = std::list<Client>::iterator;
  struct Membership;

  void leave(ClientPlace place);
  static void countBytes(GstElement* mediaBin, Membership* membership);
  // With the lock held.
  void feed(Client& client, GstSample* accessUnit, bool idr);

  mutable std::mutex mutex_;
  std::list<Client> clients_;
  std::function<void()> requestIdr_;
  std::atomic<VideoCodec> codec_{VideoCodec::h264};
  bool closed_ = false;
  std::atomic<std::uint64_t> bytesOut_{0};
  std::atomic<std::int64_t> lastUnitMs_{0};
};

} // namespace sightline
