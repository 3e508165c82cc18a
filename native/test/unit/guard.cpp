#include "http/guard.h"

#include <doctest/doctest.h>

using sightline::http::Guard;

TEST_CASE("requests of web pages and for foreign host names are refused") {
  const Guard guard("127.0.0.1", "token");
  for (const char* host : {"localhost", "localhost:9000", "LOCALHOST", "127.0.0.1:1", "127.5.5.5",
                           "[::1]:9000", "[::1]"}) {
    CAPTURE(host);
    CHECK(guard.isLocalRequest(nullptr, host));
  }
  for (const char* host :
       {"", "evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.", "[", "1"}) {
    CAPTURE(host);
    CHECK_FALSE(guard.isLocalRequest(nullptr, host));
  }
  CHECK_FALSE(guard.isLocalRequest(nullptr, nullptr));
  CHECK_FALSE(guard.isLocalRequest("http://localhost", "localhost"));
  CHECK(Guard("10.0.0.1", "token").isLocalRequest(nullptr, "10.0.0.1:9000"));
  CHECK_FALSE(Guard("10.0.0.1", "token").isLocalRequest(nullptr, "10.0.0.2:9000"));
  CHECK(Guard("0.0.0.0", "token").isLocalRequest(nullptr, "10.0.0.2:9000"));
  CHECK_FALSE(Guard("0.0.0.0", "token").isLocalRequest(nullptr, "evil.example"));
}

TEST_CASE("the bearer token must be exactly the one of the file") {
  const Guard guard("127.0.0.1", "token");
  CHECK(guard.isAuthorized("Bearer token"));
  CHECK(guard.isAuthorized("bearer token"));
  for (const char* given : {"Bearer toke", "Bearer tokenx", "Bearer tokentoken", "Bearer ",
                            "Bearer", "token", "Basic token", ""}) {
    CAPTURE(given);
    CHECK_FALSE(guard.isAuthorized(given));
  }
  CHECK_FALSE(guard.isAuthorized(nullptr));
  CHECK_FALSE(Guard("127.0.0.1", std::nullopt).isAuthorized("Bearer "));
  CHECK_FALSE(guard.wantsTokenEverywhere());
  CHECK(Guard("0.0.0.0", "token").wantsTokenEverywhere());
}
