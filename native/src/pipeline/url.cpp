#include "pipeline/url.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

namespace sightline {

namespace {

constexpr std::array<std::pair<std::string_view, SourceScheme>, 6> schemes{{
    {"rtsp", SourceScheme::rtsp},
    {"rtspt", SourceScheme::rtspt},
    {"rtspu", SourceScheme::rtspu},
    {"rtsps", SourceScheme::rtsps},
    {"file", SourceScheme::file},
    {"fake", SourceScheme::fake},
}};

// [IANA service names: rtsps]
constexpr std::uint16_t rtspsPort = 322;

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char character) { return std::tolower(character); });
  return result;
}

int hexDigit(char character) {
  if (character >= '0' && character <= '9') {
    return character - '0';
  }
  if (character >= 'a' && character <= 'f') {
    return character - 'a' + 10;
  }
  if (character >= 'A' && character <= 'F') {
    return character - 'A' + 10;
  }
  return -1;
}

std::optional<SourceScheme> schemeOf(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string name = lower(url.substr(0, colon));
  for (const auto& [known, scheme] : schemes) {
    if (known == name) {
      return scheme;
    }
  }
  return std::nullopt;
}

// Behind the "://" of a URL, or at its beginning when it has none.
std::size_t behindScheme(std::string_view url) {
  const std::size_t colon = url.find("://");
  return colon == std::string_view::npos ? 0 : colon + 3;
}

bool isBlank(char character) {
  return static_cast<unsigned char>(character) <= 0x20;
}

bool endsUrl(char character) {
  return isBlank(character) || std::string_view("\"'<>").find(character) != std::string_view::npos;
}

// How much of a text is a URL, behind its "://". What stands before an @ may be a password, and may
// hold any quote.
std::size_t urlSize(std::string_view text) {
  const auto blank = std::find_if(text.begin(), text.end(), isBlank);
  const auto word = text.substr(0, static_cast<std::size_t>(blank - text.begin()));
  const std::size_t at = word.rfind('@');
  const std::size_t host = at == std::string_view::npos ? 0 : at + 1;
  return static_cast<std::size_t>(
      std::find_if(word.begin() + static_cast<std::ptrdiff_t>(host), word.end(), endsUrl) -
      word.begin());
}

// Where the query begins, or a password in the path, as some cameras take it:
// /user=admin_password=secret_channel=1. Else npos.
std::size_t findSecret(std::string_view text) {
  const std::string folded = lower(text);
  std::size_t begin = std::string::npos;
  for (const std::string_view key : {"?", "password=", "passwd=", "pass=", "pwd="}) {
    const std::size_t at = folded.find(key);
    if (at != std::string::npos) {
      begin = std::min(begin, at + key.size());
    }
  }
  return begin;
}

// The part of a URL behind "://", without what may be secret. "user:1/2@host" looks like a path of
// host "user", so everything up to the last @ counts as a password.
std::string redactRest(std::string_view rest) {
  const std::size_t at = rest.rfind('@');
  if (at != std::string_view::npos) {
    if (findSecret(rest.substr(0, at)) != std::string::npos) {
      // The @ may be part of that secret, and the rest of it follows.
      return "...";
    }
    rest.remove_prefix(at + 1);
  }
  const std::size_t secret = findSecret(rest);
  return std::string(rest.substr(0, secret)) + (secret == std::string::npos ? "" : "...");
}

std::optional<std::uint16_t> parsePort(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) {
    return std::nullopt;
  }
  return port;
}

bool parseHostAndPort(std::string_view text, SourceUrl& url) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return false;
    }
    url.host = text.substr(1, close - 1);
    port = text.substr(close + 1);
  } else {
    const std::size_t colon = text.find(':');
    url.host = text.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view() : text.substr(colon);
  }
  if (url.host.empty() || url.host.find('\0') != std::string::npos) {
    return false;
  }
  if (port.empty()) {
    return true;
  }
  const std::optional<std::uint16_t> number =
      port.starts_with(':') ? parsePort(port.substr(1)) : std::nullopt;
  url.port = number.value_or(0);
  return number.has_value();
}

bool parseUserAndPassword(std::string_view text, SourceUrl& url) {
  const std::size_t colon = text.find(':');
  const auto user = percentDecode(text.substr(0, colon));
  const auto password =
      percentDecode(colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1));
  url.user = user.value_or("");
  url.password = password.value_or("");
  return user && password;
}

bool parseFilePath(std::string_view rest, SourceUrl& url) {
  if (rest.starts_with("localhost/")) {
    rest.remove_prefix(std::string_view("localhost").size());
  }
  const auto path = percentDecode(rest);
  url.path = path.value_or("");
  return url.path.starts_with('/') && url.path.find('\0') == std::string::npos;
}

std::optional<unsigned> parseUnsigned(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole ? std::optional(number) : std::nullopt;
}

bool isSide(unsigned side, unsigned max) {
  // H.264 halves the colours.
  return side >= limits::fakeSideMin && side <= max && side % 2 == 0;
}

// The path of a fake source is nothing but a query.
bool parseFakePicture(std::string_view path, FakePicture& picture) {
  const std::size_t question = std::min(path.find('?'), path.size());
  if (path.substr(0, question) != "/") {
    return false;
  }
  std::string_view query = path.substr(std::min(question + 1, path.size()));
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const auto value = parseUnsigned(pair.substr(std::min(equals + 1, pair.size())));
    const std::string_view name = pair.substr(0, equals);
    unsigned* member = name == "width"     ? &picture.width
                       : name == "height"  ? &picture.height
                       : name == "bitrate" ? &picture.bitsPerSecond
                                           : nullptr;
    if (member == nullptr || !value) {
      return false;
    }
    *member = *value;
  }
  return isSide(picture.width, limits::fakeWidthMax) &&
         isSide(picture.height, limits::fakeHeightMax) &&
         picture.bitsPerSecond >= limits::fakeBitrateMin &&
         picture.bitsPerSecond <= limits::fakeBitrateMax;
}

} // namespace

std::string percentEncode(std::string_view text) {
  constexpr std::string_view kept = "-_.!~*'()";
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if ((byte < 0x80 && std::isalnum(byte)) || kept.find(character) != std::string_view::npos) {
      result += character;
    } else {
      result += '%';
      result += digits[byte >> 4];
      result += digits[byte & 15];
    }
  }
  return result;
}

std::optional<std::string> percentDecode(std::string_view text) {
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      result += text[at];
      continue;
    }
    const int high = at + 2 < text.size() ? hexDigit(text[at + 1]) : -1;
    const int low = at + 2 < text.size() ? hexDigit(text[at + 2]) : -1;
    if (high < 0 || low < 0) {
      return std::nullopt;
    }
    result += static_cast<char>(high * 16 + low);
    at += 2;
  }
  return result;
}

std::string redactUrls(std::string_view text) {
  std::string result;
  std::size_t from = 0;
  for (std::size_t at = text.find("://"); at != std::string_view::npos;
       at = text.find("://", from)) {
    const std::size_t begin = at + 3;
    const std::size_t size = urlSize(text.substr(begin));
    result.append(text.substr(from, begin - from)).append(redactRest(text.substr(begin, size)));
    from = begin + size;
  }
  result.append(text.substr(from));
  return result;
}

std::string redactUrl(std::string_view url) {
  const std::size_t begin = behindScheme(url);
  return std::string(url.substr(0, begin)) + redactRest(url.substr(begin));
}

ShownUrl withoutUserinfo(std::string_view url) {
  const std::size_t begin = behindScheme(url);
  const std::string_view rest = url.substr(begin);
  const std::size_t at = rest.rfind('@');
  // The path of a file may hold one; no user stands before it.
  if (at == std::string_view::npos || schemeOf(url) == SourceScheme::file) {
    return {std::string(url), false};
  }
  // In "user:1/2@host" it may be a password that nobody encoded, though it reads as a path.
  if (rest.find_first_of("/?#") < at) {
    return {"", true};
  }
  return {std::string(url.substr(0, begin)).append(rest.substr(at + 1)), true};
}

bool hasSourceScheme(std::string_view url) {
  return schemeOf(url).has_value();
}

std::optional<SourceUrl> parseSourceUrl(std::string_view text) {
  const auto scheme = schemeOf(text);
  if (!scheme) {
    return std::nullopt;
  }
  SourceUrl url;
  url.scheme = *scheme;
  const std::string_view rest = text.substr(behindScheme(text));
  if (*scheme == SourceScheme::file) {
    return parseFilePath(rest, url) ? std::optional(url) : std::nullopt;
  }
  // To rtspsrc a # is no end of the authority: in "rtsp://camera#@other/" it would find another
  // host than was checked.
  if (rest.find('#') != std::string_view::npos) {
    return std::nullopt;
  }
  const std::size_t end = std::min(rest.find_first_of("/?"), rest.size());
  std::string_view authority = rest.substr(0, end);
  url.path = rest.substr(end);
  if (!url.path.starts_with('/')) {
    url.path.insert(0, "/");
  }
  const std::size_t at = authority.rfind('@');
  if (at != std::string_view::npos) {
    if (!parseUserAndPassword(authority.substr(0, at), url)) {
      return std::nullopt;
    }
    authority.remove_prefix(at + 1);
  }
  if (*scheme == SourceScheme::fake && !parseFakePicture(url.path, url.picture)) {
    return std::nullopt;
  }
  if (*scheme == SourceScheme::rtsps) {
    url.port = rtspsPort;
  }
  return parseHostAndPort(authority, url) ? std::optional(url) : std::nullopt;
}

bool isFileUrl(std::string_view url) {
  const auto parsed = parseSourceUrl(url);
  return parsed && parsed->scheme == SourceScheme::file;
}

} // namespace sightline
