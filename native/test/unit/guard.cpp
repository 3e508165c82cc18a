#include "http/guard.h"

#include <doctest/doctest.h>

using sightline::http::Guard;

TEST_CASE("requests of web pages and for foreign host names are refused") {
  const Guard guard("127.0.0.1", "token");
  for (const char* host : {"localhost", "localhost:9000", "LOCALHOST", "127.0.0.1:1", "127.5.5.5",
                           "[::1]:9000", "[::1]"}) {
    CAPTURE(host);
    CHECK(guard.isAllowedRequest(nullptr, host));
  }
  for (const char* host :
       {"", "evil.example", "127.0.0.1.evil.example", "10.0.0.1", "localhost.", "[", "1"}) {
    CAPTURE(host);
    CHECK_FALSE(guard.isAllowedRequest(nullptr, host));
  }
  CHECK_FALSE(guard.isAllowedRequest(nullptr, nullptr));
  CHECK_FALSE(guard.isAllowedRequest("http://localhost", "localhost"));
  CHECK(Guard("10.0.0.1", "token").isAllowedRequest(nullptr, "10.0.0.1:9000"));
  CHECK_FALSE(Guard("10.0.0.1", "token").isAllowedRequest(nullptr, "10.0.0.2:9000"));
  CHECK(Guard("0.0.0.0", "token").isAllowedRequest(nullptr, "10.0.0.2:9000"));
  CHECK_FALSE(Guard("0.0.0.0", "token").isAllowedRequest(nullptr, "evil.example"));
}

TEST_CASE("an allowed origin may ask, by its own host name as well") {
  const Guard guard("127.0.0.1", "token", {"http://box.example:8080"});
  CHECK(guard.isAllowedRequest("http://box.example:8080", "localhost:9000"));
  CHECK(guard.isAllowedRequest("http://box.example:8080", "box.example:9000"));
  CHECK(guard.isAllowedRequest(nullptr, "BOX.example:9000"));
  for (const char* origin : {"http://box.example", "https://box.example:8080", "null", "",
                             "http://box.example:8080.evil.example", "*"}) {
    CAPTURE(origin);
    CHECK_FALSE(guard.isAllowedRequest(origin, "localhost:9000"));
  }
  CHECK_FALSE(guard.isAllowedRequest(nullptr, "evil.example"));
  CHECK_FALSE(guard.isAllowedRequest(nullptr, ""));
  CHECK(Guard("127.0.0.1", "token", {"*"}).isAllowedRequest("http://any.example", "any.example"));
}

TEST_CASE("an origin is a scheme and a name, or any") {
  for (const char* origin : {"*", "http://a", "https://a.example:1", "http://[::1]:80"}) {
    CAPTURE(origin);
    CHECK(sightline::http::isOrigin(origin));
  }
  for (const char* origin : {"", "a", "null", "http://", "http://a/", "http://*.a", "ftp://a",
                             "http://u@a", "http://a,http://b"}) {
    CAPTURE(origin);
    CHECK_FALSE(sightline::http::isOrigin(origin));
  }
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
