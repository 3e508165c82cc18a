#pragma once

#include "gstreamer/gst-pointer.h"

#include <gio/gio.h>

#include <memory>
#include <string>
#include <vector>

namespace sightline {

// Which certificates of cameras are good: those that the system's authorities, or the given ones,
// have signed for the host that the URL names. GIO itself would compare them with the address,
// which is what is connected to.
class TlsTrust {
 public:
  // `caFile` is the absolute path of PEM, or empty; null when it holds no certificate. From then on
  // GIO leaves every certificate of this process to `refusal`.
  static std::unique_ptr<TlsTrust> load(const std::string& caFile);

  // Why the certificate is not good for this host; empty when it is.
  std::string refusal(GTlsCertificate* certificate, const std::string& host) const;

 private:
  std::vector<GObjectPointer<GTlsDatabase>> authorities_;
};

} // namespace sightline
