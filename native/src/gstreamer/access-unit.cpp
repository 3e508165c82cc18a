#include "gstreamer/access-unit.h"

#include <span>

namespace sightline {

namespace {

using Bytes = std::span<const std::uint8_t>;

// After each start code 00 00 01 calls `read` with what follows, until it returns true.
template <class Read>
void forEachUnit(Bytes bytes, Read read) {
  constexpr std::size_t startCode = 3;
  for (std::size_t at = 0; at + startCode + 1 < bytes.size(); ++at) {
    if (bytes[at] == 0 && bytes[at + 1] == 0 && bytes[at + 2] == 1 &&
        read(bytes.subspan(at + startCode))) {
      return;
    }
  }
}

// [ITU-T H.264 7.3.1] forbidden_zero_bit, nal_ref_idc (2), nal_unit_type (5).
bool readH264(Bytes unit, AccessUnit& result) {
  constexpr unsigned firstSlice = 1;
  constexpr unsigned idrSlice = 5;
  const unsigned type = unit[0] & 31U;
  if (type < firstSlice || type > idrSlice) {
    return false;
  }
  result.key = type == idrSlice;
  result.reference = (unit[0] >> 5 & 3U) != 0;
  return true;
}

// [ITU-T H.265 7.3.1.2] forbidden_zero_bit, nal_unit_type (6), nuh_layer_id (6), temporal id + 1.
bool readH265(Bytes unit, AccessUnit& result) {
  constexpr unsigned firstIrap = 16;
  constexpr unsigned lastIrap = 21;
  const unsigned type = unit[0] >> 1 & 63U;
  if (type > lastIrap) {
    return false;
  }
  result.key = type >= firstIrap;
  // [Table 7-1] Below 16 the even ones are sub-layer non-reference pictures.
  result.reference = result.key || type % 2 != 0;
  result.temporalLayer = (unit[1] & 7U) - 1;
  return true;
}

// [ISO/IEC 14496-2 6.3.5] vop_start_code B6, vop_coding_type (2): I, P, B, S.
bool readMpeg4(Bytes unit, AccessUnit& result) {
  constexpr unsigned vop = 0xb6;
  constexpr unsigned bidirectional = 2;
  if (unit[0] != vop) {
    return false;
  }
  const unsigned type = unit[1] >> 6;
  result.key = type == 0;
  result.reference = type != bidirectional;
  return true;
}

} // namespace

AccessUnit readAccessUnit(VideoCodec codec, const std::uint8_t* bytes, std::size_t size) {
  AccessUnit result;
  forEachUnit({bytes, size}, [&](Bytes unit) {
    switch (codec) {
    case VideoCodec::h264:
      return readH264(unit, result);
    case VideoCodec::h265:
      return readH265(unit, result);
    case VideoCodec::mpeg4:
      return readMpeg4(unit, result);
    }
    return true;
  });
  return result;
}

} // namespace sightline
