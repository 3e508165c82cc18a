#include "pipeline/slots.h"

namespace sightline {

std::optional<int> Slots::take() {
  for (std::size_t tried = 0; tried < taken_.size(); ++tried) {
    const std::size_t slot = (next_ + tried) % taken_.size();
    if (!taken_[slot]) {
      taken_[slot] = true;
      next_ = (slot + 1) % taken_.size();
      return static_cast<int>(slot);
    }
  }
  return std::nullopt;
}

} // namespace sightline
