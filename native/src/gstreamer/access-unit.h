#pragma once

#include "pipeline/settings.h"

#include <cstddef>
#include <cstdint>

namespace sightline {

// What the first coded picture of a byte-stream access unit says of itself.
struct AccessUnit {
  // Decoding can begin here: IDR and its kin in H.264 and H.265, I-VOP in MPEG-4.
  bool key = false;
  // Other pictures may refer to it. In H.265: those of its own temporal layer.
  bool reference = true;
  // H.265 only.
  unsigned temporalLayer = 0;
};

AccessUnit readAccessUnit(VideoCodec codec, const std::uint8_t* bytes, std::size_t size);

} // namespace sightline
