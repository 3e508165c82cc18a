#include "support/mjpeg-viewer.h"

#include "pipeline/url.h"

namespace test {

MjpegViewer::MjpegViewer(const Host& host, const std::string& cameraId, const std::string& query)
    : connection_(host.port()) {
  connection_.send("GET /api/v1/sightline/streams/" + sightline::percentEncode(cameraId) +
                   "/preview.mjpeg" + query + " HTTP/1.1\r\nHost: localhost\r\n" +
                   "Authorization: Bearer " + token + "\r\n\r\n");
  head_ = connection_.readUntil("\r\n\r\n");
}

std::optional<std::string> MjpegViewer::next() {
  std::string part = connection_.readUntil("\r\n\r\n");
  while (part == "\r\n\r\n") {
    // No new picture for a while.
    part = connection_.readUntil("\r\n\r\n");
  }
  const std::string length = "Content-Length: ";
  const std::size_t at = part.find(length);
  if (at == std::string::npos) {
    return std::nullopt;
  }
  const auto bytes = static_cast<std::size_t>(std::stoul(part.substr(at + length.size())));
  std::string jpeg = connection_.readBytes(bytes);
  return jpeg.size() == bytes ? std::optional(std::move(jpeg)) : std::nullopt;
}

} // namespace test
