#pragma once

#include <optional>
#include <vector>

namespace sightline {

// Allocates source ids as DeepStream does: the first free one after the last one given, so an id is
// used again only after all others were.
class Slots {
 public:
  explicit Slots(int count) : taken_(static_cast<std::size_t>(count), false) {}
  std::optional<int> take();
  void release(int slot) { taken_.at(static_cast<std::size_t>(slot)) = false; }

 private:
  std::vector<bool> taken_;
  std::size_t next_ = 0;
};

} // namespace sightline
