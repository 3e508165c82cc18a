// Which release of DeepStream is spoken, in which of its modes, and how the outcome of a request is
// put on the wire.
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
  // Else the REST server is DeepStream's application's, which has fewer callbacks.
  bool withinMultiurisrcbin = true;

  bool includes(Release since) const { return !exactly || since <= *exactly; }
  bool isAlways200() const { return wireStatus == WireStatus::always200; }
  // Whoever asks for a release, down to the status line, gets its false successes as well.
  bool isExact() const { return exactly && isAlways200(); }
};

} // namespace sightline::http
