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

bool endsUrl(char character) {
  return static_cast<unsigned char>(character) <= 0x20 ||
         std::string_view("\"'<>").find(character) != std::string_view::npos;
}

// Cameras also take the password inside the path: /user=admin_password=secret_channel=1.
std::string hidePathPasswords(std::string path) {
  const std::string folded = lower(path);
  for (const std::string_view key : {"password=", "passwd=", "pass=", "pwd="}) {
    std::size_t at = folded.find(key);
    if (at != std::string::npos) {
      return path.substr(0, at + key.size()) + "...";
    }
  }
  return path;
}

// The part of a URL behind "://", without what may be secret.
std::string redactRest(std::string_view rest) {
  const std::size_t slash = rest.find_first_of("/?#");
  const std::string_view authority = rest.substr(0, slash);
  std::size_t at = authority.rfind('@');
  if (at == std::string_view::npos) {
    // A password with a bare slash or question mark: "user:pa/ss@host" looks like host "user".
    const std::size_t colon = authority.find(':');
    const bool portIsNumber =
        colon == std::string_view::npos ||
        std::all_of(authority.begin() + static_cast<std::ptrdiff_t>(colon) + 1, authority.end(),
                    [](unsigned char character) { return std::isdigit(character); });
    if (!portIsNumber && authority.front() != '[') {
      at = rest.rfind('@');
    }
  }
  std::string kept(at == std::string_view::npos ? rest : rest.substr(at + 1));
  const std::size_t query = kept.find('?');
  if (query != std::string::npos) {
    kept = kept.substr(0, query) + "?...";
  }
  return hidePathPasswords(kept);
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
    const auto end = static_cast<std::size_t>(
        std::find_if(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), endsUrl) -
        text.begin());
    result.append(text.substr(from, begin - from));
    if (end > begin) {
      result.append(redactRest(text.substr(begin, end - begin)));
    }
    from = end;
  }
  result.append(text.substr(from));
  return result;
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
  const std::string_view rest = text.substr(text.find("://") + 3);
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
