#pragma once

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace sightline {

// What one thread prepares, GStreamer's threads use from their start until they are stopped. GLib
// orders this with locks of its own, which ThreadSanitizer does not see; here it is told, and it
// still sees when two visits touch the same thing. Does nothing in other builds.
class Handover {
 public:
  // Before those threads start.
  void give() { release(&given_); }
  // After they were stopped.
  void takeBack() { acquire(&left_); }

  // First in a function that they call, before it touches anything that was handed over.
  class Visit {
   public:
    explicit Visit(Handover& handover) : handover_(handover) { acquire(&handover_.given_); }
    ~Visit() { release(&handover_.left_); }
    Visit(const Visit&) = delete;
    Visit& operator=(const Visit&) = delete;

   private:
    Handover& handover_;
  };

 private:
#ifdef __SANITIZE_THREAD__
  static void acquire(char* place) {
    __tsan_acquire(place);
  }
  static void release(char* place) {
    __tsan_release(place);
  }
#else
  static void acquire(char*) {}
  static void release(char*) {}
#endif

  // Two places: a visit must not seem to be ordered after the one before it.
  char given_ = 0;
  char left_ = 0;
};

} // namespace sightline
