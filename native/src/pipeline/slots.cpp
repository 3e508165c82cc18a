#include "pipeline/slots.h"

namespace sightline {

std::optional<std::size_t> Slots::freeSlotFor(const std::string& cameraId) const {
  std::optional<std::size_t> first;
  for (std::size_t tried = 0; tried < slots_.size(); ++tried) {
    const std::size_t at = (next_ + tried) % slots_.size();
    if (slots_[at].taken) {
      continue;
    }
    if (slots_[at].cameraId == cameraId) {
      return at;
    }
    first = first.value_or(at);
  }
  return first;
}

std::optional<int> Slots::take(const std::string& cameraId) {
  const auto found = freeSlotFor(cameraId);
  if (!found) {
    return std::nullopt;
  }
  if (slots_[*found].cameraId != cameraId) {
    next_ = (*found + 1) % slots_.size();
  }
  slots_[*found] = {true, cameraId};
  return static_cast<int>(*found);
}

} // namespace sightline
