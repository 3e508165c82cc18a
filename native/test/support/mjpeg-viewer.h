#pragma once

#include "support/rig.h"

#include <optional>
#include <string>

namespace test {

// Watches the preview of a stream.
class MjpegViewer {
 public:
  // `query` is like "?fps=15".
  MjpegViewer(const Host& host, const std::string& cameraId, const std::string& query = "");

  // The head of the answer.
  const std::string& head() const { return head_; }
  int status() const { return std::stoi(head_.substr(head_.find(' ') + 1)); }
  // The next JPEG; nothing at the end.
  std::optional<std::string> next();
  Connection& connection() { return connection_; }

 private:
  Connection connection_;
  std::string head_;
};

} // namespace test
