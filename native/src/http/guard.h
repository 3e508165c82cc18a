// Who may speak to the host at all.
#pragma once

#include <optional>
#include <string>

namespace sightline::http {

class Guard {
 public:
  // `address` is where the server listens; beyond loopback every route wants the token.
  Guard(std::string address, std::optional<std::string> token);

  // No web page may reach the host: not across origins, and not by a name that it made resolve to
  // this machine. `origin` and `host` are header values; null when absent.
  bool isLocalRequest(const char* origin, const char* host) const;

  bool wantsTokenEverywhere() const { return !loopback_; }
  // Takes the same time wherever a wrong token differs.
  bool isAuthorized(const char* authorization) const;

 private:
  const std::string address_;
  const std::optional<std::string> token_;
  const bool loopback_;
};

bool isLoopbackAddress(const std::string& address);

} // namespace sightline::http
