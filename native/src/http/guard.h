// Who may speak to the host at all.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sightline::http {

class Guard {
 public:
  // `address` is where the server listens; beyond loopback every route wants the token. `origins`
  // are those of web pages that may ask all the same, "http://box.example:8080"; "*" is any.
  Guard(std::string address, std::optional<std::string> token,
        std::vector<std::string> origins = {});

  // No web page may reach the host unless it was allowed: not across origins, and not by a name
  // that it made resolve to this machine. `origin` and `host` are header values; null when absent.
  bool isAllowedRequest(const char* origin, const char* host) const;

  bool wantsTokenEverywhere() const { return !loopback_; }
  // Takes the same time wherever a wrong token differs.
  bool isAuthorized(const char* authorization) const;

 private:
  bool isLocalHost(const std::string& name) const;

  const std::string address_;
  const std::optional<std::string> token_;
  const std::vector<std::string> origins_;
  const bool loopback_;
};

// "*", or a scheme, a name and a port as browsers write them.
bool isOrigin(const std::string& text);

bool isLoopbackAddress(const std::string& address);

} // namespace sightline::http
