#include "http/guard.h"

#include "pipeline/network-address.h"

#include <string_view>
#include <strings.h>

namespace sightline::http {

namespace {

constexpr std::string_view bearer = "Bearer ";

// The name of a Host header, without port and brackets.
std::string hostName(std::string_view host) {
  if (host.starts_with('[')) {
    const std::size_t close = host.find(']');
    return std::string(host.substr(1, close == std::string_view::npos ? close : close - 1));
  }
  return std::string(host.substr(0, host.find(':')));
}

bool equalInConstantTime(std::string_view given, std::string_view secret) {
  // The length of the given text decides the time; it says nothing about the secret.
  unsigned difference = given.size() == secret.size() ? 0 : 1;
  for (std::size_t at = 0; at < given.size(); ++at) {
    const char expected = secret.empty() ? '\0' : secret[at % secret.size()];
    difference |= static_cast<unsigned char>(given[at] ^ expected);
  }
  return difference == 0;
}

} // namespace

bool isLoopbackAddress(const std::string& address) {
  const auto parsed = NetworkAddress::parse(address);
  return parsed && (parsed->text().starts_with("127.") || parsed->text() == "::1");
}

Guard::Guard(std::string address, std::optional<std::string> token)
    : address_(std::move(address)), token_(std::move(token)),
      loopback_(isLoopbackAddress(address_)) {}

bool Guard::isLocalRequest(const char* origin, const char* host) const {
  if (origin != nullptr) {
    return false;
  }
  const std::string name = host == nullptr ? std::string() : hostName(host);
  return strcasecmp(name.c_str(), "localhost") == 0 || isLoopbackAddress(name) ||
         (!name.empty() && name == address_) ||
         // On all addresses any of them may be meant. A web page can point a name here, not a
         // number.
         (address_ == "0.0.0.0" && NetworkAddress::parse(name).has_value());
}

bool Guard::isAuthorized(const char* authorization) const {
  if (authorization == nullptr || !token_) {
    return false;
  }
  const std::string_view given(authorization);
  return given.size() > bearer.size() &&
         strncasecmp(authorization, bearer.data(), bearer.size()) == 0 &&
         equalInConstantTime(given.substr(bearer.size()), *token_);
}

} // namespace sightline::http
