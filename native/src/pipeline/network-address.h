#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sightline {

// An IPv4 or IPv6 address; IPv4 is held in its mapped form, so that the two spellings are equal.
class NetworkAddress {
 public:
  static std::optional<NetworkAddress> parse(const std::string& text);
  // All addresses of a name, by the system's resolver; blocks. Empty when there are none.
  static std::vector<NetworkAddress> resolve(const std::string& host);

  bool operator==(const NetworkAddress&) const = default;
  std::string text() const;
  bool isV4() const;

  // Loopback, link-local (with the metadata address 169.254.169.254), unspecified, multicast,
  // broadcast or fd00:ec2::254; also when wrapped in a NAT64 or 6to4 address.
  bool isForbiddenSource() const;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

} // namespace sightline
