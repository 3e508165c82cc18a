#pragma once

#include "pipeline/network-address.h"
#include "pipeline/stream-error.h"
#include "pipeline/url.h"

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sightline {

// One --allow-source: an address of the forbidden kind that may be used all the same.
struct AllowedSource {
  NetworkAddress address;
  std::uint16_t port = 0;

  // "127.0.0.1:8554" or "[::1]:8554".
  static std::optional<AllowedSource> parse(const std::string& text);
};

// A source that may be connected to.
struct Admission {
  SourceUrl url;
  // RTSP: a URL with the checked address in place of the host name and without credentials, so
  // that a second DNS answer cannot lead elsewhere. File: the real path. Fake: nothing.
  std::string location;
};

// Decides at every connect which sources the box may read: only rtsp, rtspt, rtspu, rtsps, file and
// fake; never its own loopback, link-local or metadata addresses; files only below the media
// folder.
class SourceRule {
 public:
  using Resolve = std::function<std::vector<NetworkAddress>(const std::string&)>;

  SourceRule(std::vector<AllowedSource> allowed, std::optional<std::string> mediaDir,
             Resolve resolve = NetworkAddress::resolve)
      : allowed_(std::move(allowed)), mediaDir_(std::move(mediaDir)), resolve_(std::move(resolve)) {
  }

  // What the text alone says: a refusal here stays one, whatever becomes of names and disks.
  std::variant<SourceUrl, StreamError> read(const std::string& url) const;
  // Blocks while the name is looked up.
  std::variant<Admission, StreamError> admit(const std::string& url) const;

 private:
  std::variant<Admission, StreamError> admitFile(SourceUrl url) const;
  std::variant<Admission, StreamError> admitRtsp(SourceUrl url) const;
  bool mayConnect(const NetworkAddress& address, std::uint16_t port) const;

  const std::vector<AllowedSource> allowed_;
  const std::optional<std::string> mediaDir_;
  const Resolve resolve_;
};

} // namespace sightline
