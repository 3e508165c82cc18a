#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sightline {

// Allocates source ids. A new camera gets the first free one after the last one given, as in
// DeepStream, so that a client with an old id does not reach another camera. A camera that comes
// back gets the one it had, unless another has it meanwhile: the requests of NVIDIA's page remove a
// sensor, add it again and go on with "0".
class Slots {
 public:
  explicit Slots(int count) : slots_(static_cast<std::size_t>(count)) {}
  std::optional<int> take(const std::string& cameraId);
  void release(int slot) { slots_.at(static_cast<std::size_t>(slot)).taken = false; }

 private:
  struct Slot {
    bool taken = false;
    // Whose it is or was.
    std::string cameraId;
  };

  std::optional<std::size_t> freeSlotFor(const std::string& cameraId) const;

  std::vector<Slot> slots_;
  std::size_t next_ = 0;
};

} // namespace sightline
