// Which release of DeepStream is spoken, and how the outcome of a request is put on the wire.
#pragma once

#include <optional>

namespace sightline::http {

enum class Release { v7_0 = 70, v7_1 = 71, v8_0 = 80, v9_0 = 90, v9_1 = 91 };

enum class WireStatus {
  // The status line says what the body says.
  body,
  // NVIDIA's way, down to the headers: 200 whatever the body says, and `null` for a wrong method.
  always200,
};

struct Compatibility {
  // Nothing: 7.1 and what 8 and 9 have added, without what they broke.
  std::optional<Release> exactly;
  WireStatus wireStatus = WireStatus::body;

  bool includes(Release since) const { return !exactly || since <= *exactly; }
  bool isAlways200() const { return wireStatus == WireStatus::always200; }
};

} // namespace sightline::http
