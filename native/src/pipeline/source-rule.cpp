#include "pipeline/source-rule.h"

#include "pipeline/limits.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <sys/stat.h>

namespace sightline {

namespace {

std::string realPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : std::string();
}

bool isBelow(const std::string& path, const std::string& folder) {
  const std::string prefix = folder.ends_with('/') ? folder : folder + "/";
  return path.starts_with(prefix);
}

// What a URL with a mistake in its parameters should have had.
std::string wantedOf(std::string_view url) {
  if (url.substr(0, url.find(':')) != "fake") {
    return {};
  }
  const auto text = [](unsigned number) { return std::to_string(number); };
  return ": fake://name?width=W&height=H&bitrate=B takes an even width from " +
         text(limits::fakeSideMin) + " to " + text(limits::fakeWidthMax) +
         ", an even height from " + text(limits::fakeSideMin) + " to " +
         text(limits::fakeHeightMax) + " and a bitrate from " + text(limits::fakeBitrateMin) +
         " to " + text(limits::fakeBitrateMax);
}

StreamError forbidden(std::string text) {
  return {stream_code::forbidden, std::move(text)};
}

} // namespace

std::optional<AllowedSource> AllowedSource::parse(const std::string& text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return std::nullopt;
  }
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  const auto address = NetworkAddress::parse(host);
  std::uint16_t port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
  if (!address || error != std::errc() || stop != end || port == 0) {
    return std::nullopt;
  }
  return AllowedSource{*address, port};
}

std::variant<SourceUrl, StreamError> SourceRule::read(const std::string& text) const {
  if (!hasSourceScheme(text)) {
    return forbidden("only rtsp, rtspt, rtspu, rtsps, file and fake URLs are sources");
  }
  auto url = parseSourceUrl(text);
  if (!url) {
    return StreamError{stream_code::invalid, "the source URL cannot be read" + wantedOf(text)};
  }
  if (url->scheme == SourceScheme::file && !mediaDir_) {
    return forbidden("this host has no media folder (--media-dir), so it takes no file URLs");
  }
  return std::move(*url);
}

std::variant<Admission, StreamError> SourceRule::admit(const std::string& text) const {
  auto result = read(text);
  if (auto* refusal = std::get_if<StreamError>(&result)) {
    return std::move(*refusal);
  }
  auto& url = std::get<SourceUrl>(result);
  if (url.scheme == SourceScheme::fake) {
    // It connects to nothing.
    return Admission{std::move(url), ""};
  }
  return url.scheme == SourceScheme::file ? admitFile(std::move(url)) : admitRtsp(std::move(url));
}

std::variant<Admission, StreamError> SourceRule::admitFile(SourceUrl url) const {
  const std::string folder = realPath(*mediaDir_);
  if (folder.empty()) {
    return forbidden("the media folder has gone");
  }
  const std::string path = realPath(url.path);
  if (path.empty()) {
    // Whether a file outside of the folder exists is nobody's business.
    const std::string parent = realPath(url.path.substr(0, url.path.rfind('/') + 1));
    if (parent != folder && !isBelow(parent, folder)) {
      return forbidden("the file is not below the media folder");
    }
    return StreamError{stream_code::notFound, "the file does not exist or cannot be read"};
  }
  if (!isBelow(path, folder)) {
    return forbidden("the file is not below the media folder");
  }
  struct stat status {};
  if (stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return StreamError{stream_code::invalid, "the path is not a regular file"};
  }
  return Admission{std::move(url), path};
}

std::variant<Admission, StreamError> SourceRule::admitRtsp(SourceUrl url) const {
  const std::vector<NetworkAddress> addresses = resolve_(url.host);
  if (addresses.empty()) {
    return StreamError{stream_code::unreachable, "the host name has no address"};
  }
  const auto found =
      std::find_if(addresses.begin(), addresses.end(),
                   [&](const NetworkAddress& address) { return mayConnect(address, url.port); });
  if (found == addresses.end()) {
    return forbidden("the box may not connect to " + addresses.front().text() + " port " +
                     std::to_string(url.port));
  }
  const std::string host = found->isV4() ? found->text() : "[" + found->text() + "]";
  const std::string scheme = url.scheme == SourceScheme::rtsps ? "rtsps://" : "rtsp://";
  std::string location = scheme + host + ":" + std::to_string(url.port) + url.path;
  return Admission{std::move(url), std::move(location)};
}

bool SourceRule::mayConnect(const NetworkAddress& address, std::uint16_t port) const {
  return !address.isForbiddenSource() ||
         std::any_of(allowed_.begin(), allowed_.end(), [&](const AllowedSource& source) {
           return source.port == port && source.address == address;
         });
}

} // namespace sightline
