#pragma once

#include "clip.h"

#include <gst/rtsp-server/rtsp-server.h>

#include <cstdint>
#include <list>
#include <mutex>
#include <string>

namespace demo {

// One mount of the server. Each client gets a media of its own that begins with an IDR, so a join
// takes no longer than the handshake.
class Camera {
 public:
  Camera(std::string path, std::string codec, Clip clip);

  const std::string& path() const { return path_; }
  // Called at the frame rate: gives every client its next picture, unless frozen.
  void tick();
  void setFrozen(bool frozen);
  // Noise of the same size instead of pictures.
  void setGarbage(bool garbage);
  // What it shows from the next picture on, which is an IDR: another resolution.
  void setClip(Clip clip);
  // Pictures given to clients so far.
  std::uint64_t sent();
  // Removing also ends the clients, as a camera does whose stream profile is deleted.
  void mount(GstRTSPMountPoints* mounts, bool withAuthorization);
  void unmount(GstRTSPMountPoints* mounts);

 private:
  struct Client {
    GstElement* input = nullptr;
    std::size_t next = 0;
  };
  struct Joined {
    Camera* camera = nullptr;
    std::list<Client>::iterator place;
    bool left = false;
  };

  GstBuffer* nextBuffer(GstSample* unit) const;
  void join(GstRTSPMedia* media);
  void leave(Joined& joined);
  static void onMedia(GstRTSPMediaFactory* factory, GstRTSPMedia* media, gpointer camera);
  static void onUnprepared(GstRTSPMedia* media, gpointer joined);

  const std::string path_;
  const std::string codec_;
  std::mutex mutex_;
  Clip clip_;
  std::list<Client> clients_;
  std::size_t now_ = 0;
  bool frozen_ = false;
  bool garbage_ = false;
  std::uint64_t sent_ = 0;
};

} // namespace demo
