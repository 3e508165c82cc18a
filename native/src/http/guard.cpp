#include "http/guard.h"

#include "pipeline/network-address.h"

#include <algorithm>
#include <string_view>
#include <strings.h>

namespace sightline::http {

namespace {

constexpr std::string_view bearer = "Bearer ";
constexpr std::string_view anyOrigin = "*";

// What follows "http://"; empty when there is no scheme.
std::string_view authority(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) {
      return origin.substr(scheme.size());
    }
  }
  return {};
}

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

bool isOrigin(const std::string& text) {
  const std::string_view rest = authority(text);
  return text == anyOrigin ||
         (!rest.empty() && rest.find_first_of("/?#@ \t*,") == std::string_view::npos);
}

Guard::Guard(std::string address, std::optional<std::string> token,
             std::vector<std::string> origins)
    : address_(std::move(address)), token_(std::move(token)), origins_(std::move(origins)),
      loopback_(isLoopbackAddress(address_)) {}

bool Guard::isLocalHost(const std::string& name) const {
  return strcasecmp(name.c_str(), "localhost") == 0 || isLoopbackAddress(name) ||
         (!name.empty() && name == address_) ||
         // On all addresses any of them may be meant. A web page can point a name here, not a
         // number.
         (address_ == "0.0.0.0" && NetworkAddress::parse(name).has_value());
}

bool Guard::isAllowedRequest(const char* origin, const char* host) const {
  const auto isAnyOf = [this](const auto& fits) {
    return std::any_of(origins_.begin(), origins_.end(), [&](const std::string& allowed) {
      return allowed == anyOrigin || fits(allowed);
    });
  };
  if (origin != nullptr &&
      !isAnyOf([origin](const std::string& allowed) { return allowed == origin; })) {
    return false;
  }
  const std::string name = host == nullptr ? std::string() : hostName(host);
  // A page that came from this machine by a name asks by that name.
  return isLocalHost(name) || isAnyOf([&name](const std::string& allowed) {
           return !name.empty() &&
                  strcasecmp(hostName(authority(allowed)).c_str(), name.c_str()) == 0;
         });
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
