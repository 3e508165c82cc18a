#include "pipeline/network-address.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netdb.h>
#include <sys/socket.h>

namespace sightline {

namespace {

constexpr std::array<std::uint8_t, 12> mappedPrefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> nat64Prefix{0x00, 0x64, 0xff, 0x9b};
// The instance metadata service of AWS over IPv6, fd00:ec2::254.
constexpr std::array<std::uint8_t, 16> metadataV6{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0,    0,
                                                  0,    0,    0,    0,    0, 0, 0x02, 0x54};

bool isForbiddenV4(const std::uint8_t* ip) {
  return ip[0] == 0 || ip[0] == 127 || (ip[0] == 169 && ip[1] == 254) || ip[0] >= 224;
}

} // namespace

std::optional<NetworkAddress> NetworkAddress::parse(const std::string& text) {
  NetworkAddress address;
  if (inet_pton(AF_INET6, text.c_str(), address.bytes_.data()) == 1) {
    return address;
  }
  if (inet_pton(AF_INET, text.c_str(), address.bytes_.data() + mappedPrefix.size()) == 1) {
    std::copy(mappedPrefix.begin(), mappedPrefix.end(), address.bytes_.begin());
    return address;
  }
  return std::nullopt;
}

std::vector<NetworkAddress> NetworkAddress::resolve(const std::string& host) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  std::vector<NetworkAddress> result;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) {
    return result;
  }
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    NetworkAddress address;
    if (entry->ai_family == AF_INET6) {
      sockaddr_in6 v6{};
      std::memcpy(&v6, entry->ai_addr, sizeof v6);
      std::memcpy(address.bytes_.data(), &v6.sin6_addr, address.bytes_.size());
    } else if (entry->ai_family == AF_INET) {
      sockaddr_in v4{};
      std::memcpy(&v4, entry->ai_addr, sizeof v4);
      std::copy(mappedPrefix.begin(), mappedPrefix.end(), address.bytes_.begin());
      std::memcpy(address.bytes_.data() + mappedPrefix.size(), &v4.sin_addr, sizeof v4.sin_addr);
    } else {
      continue;
    }
    result.push_back(address);
  }
  freeaddrinfo(found);
  return result;
}

bool NetworkAddress::isV4() const {
  return std::equal(mappedPrefix.begin(), mappedPrefix.end(), bytes_.begin());
}

std::string NetworkAddress::text() const {
  char buffer[INET6_ADDRSTRLEN] = {};
  const bool v4 = isV4();
  inet_ntop(v4 ? AF_INET : AF_INET6, bytes_.data() + (v4 ? mappedPrefix.size() : 0), buffer,
            sizeof buffer);
  return buffer;
}

bool NetworkAddress::isForbiddenSource() const {
  const bool nat64 = std::equal(nat64Prefix.begin(), nat64Prefix.end(), bytes_.begin());
  if (isV4() || nat64) {
    return isForbiddenV4(bytes_.data() + mappedPrefix.size());
  }
  if (bytes_[0] == 0x20 && bytes_[1] == 0x02) { // 6to4, 2002::/16
    return isForbiddenV4(bytes_.data() + 2);
  }
  const bool upperZero =
      std::all_of(bytes_.begin(), bytes_.end() - 4, [](std::uint8_t byte) { return byte == 0; });
  const bool linkLocal = bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
  // ::/96 holds the unspecified address, the loopback address and nothing that is still in use.
  return upperZero || linkLocal || bytes_[0] == 0xff || bytes_ == metadataV6;
}

} // namespace sightline
