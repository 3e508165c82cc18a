#pragma once

#include "pipeline/limits.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sightline {

// As encodeURIComponent: everything but A-Z a-z 0-9 - _ . ! ~ * ' ( ) becomes %XX.
std::string percentEncode(std::string_view text);
// Nothing when a % is not followed by two hex digits.
std::optional<std::string> percentDecode(std::string_view text);

// Any text, with user, password and query of every URL in it removed. A URL ends at a blank.
std::string redactUrls(std::string_view text);
// All of it is one URL, whatever it holds.
std::string redactUrl(std::string_view url);

// A source URL as it may be shown: as it is, but for the user and password.
struct ShownUrl {
  // Empty when it cannot be told where a password ends.
  std::string text;
  bool hasCredentials = false;
};
ShownUrl withoutUserinfo(std::string_view url);

enum class SourceScheme { rtsp, rtspt, rtspu, rtsps, file, fake };

// What a generated source looks like.
struct FakePicture {
  unsigned width = limits::fakeWidth;
  unsigned height = limits::fakeHeight;
  unsigned bitsPerSecond = limits::fakeBitrate;
};

struct SourceUrl {
  SourceScheme scheme = SourceScheme::rtsp;
  // Percent-decoded; empty when the URL has none.
  std::string user;
  std::string password;
  // Without the brackets of an IPv6 address.
  std::string host;
  std::uint16_t port = 554;
  // RTSP: path and query as given, with a slash before them. File: the percent-decoded path.
  std::string path;
  // Of a fake source only.
  FakePicture picture{};
};

// True for rtsp, rtspt, rtspu, rtsps, file and fake.
bool hasSourceScheme(std::string_view url);
std::optional<SourceUrl> parseSourceUrl(std::string_view url);
bool isFileUrl(std::string_view url);

} // namespace sightline
