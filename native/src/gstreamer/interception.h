#pragma once

#include <gst/gst.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace sightline {

// The elements that a stream's decoded pictures pass on behalf of plugins, and the custom events on
// their way to them, across all connections of the stream.
class Interception {
 public:
  // In the order in which pictures pass them; there is such an element of each.
  explicit Interception(std::vector<std::string> factories) : factories_(std::move(factories)) {}

  const std::vector<std::string>& factories() const { return factories_; }

  // False when too many wait already. A held one takes the place of the held one of its name.
  bool send(std::shared_ptr<const GstStructure> event, bool isHeld);
  // A new connection has new elements, which are to be told of all that is held.
  void renew();
  // Pushes what waits. In the streaming thread of this pad, right before a picture goes through it.
  void pushInto(GstPad* pad);

 private:
  struct Entry {
    std::shared_ptr<const GstStructure> event;
    bool isHeld = false;
    bool isWaiting = true;
  };
  std::vector<std::shared_ptr<const GstStructure>> takeWaiting();

  const std::vector<std::string> factories_;
  std::mutex mutex_;
  std::vector<Entry> entries_;
};

} // namespace sightline
