#include "http/endpoint.h"

#include <doctest/doctest.h>

using namespace sightline::http;

TEST_CASE("paths match exactly, with one decoded segment") {
  const EndpointTable table{
      {"POST", "/a/b", Family::deepstream, nullptr},
      {"GET", "/s/{}/snapshot.jpg", Family::sightline, nullptr},
  };
  CHECK(findEndpoint(table, "POST", "/a/b")->endpoint == &table[0]);
  CHECK(findEndpoint(table, "GET", "/a/b")->endpoint == nullptr);
  CHECK_FALSE(findEndpoint(table, "POST", "/a/b/"));
  CHECK_FALSE(findEndpoint(table, "POST", "/A/b"));
  CHECK(findEndpoint(table, "GET", "/s/a%20b%2Fc/snapshot.jpg")->segment == "a b/c");
  CHECK_FALSE(findEndpoint(table, "GET", "/s/a/b/snapshot.jpg"));
  CHECK_FALSE(findEndpoint(table, "GET", "/s//snapshot.jpg"));
  CHECK_FALSE(findEndpoint(table, "GET", "/s/%zz/snapshot.jpg"));
}

TEST_CASE("query parameters are found and decoded") {
  Request request;
  request.query = "a=1&after=%31%32&b";
  CHECK(request.parameter("after") == "12");
  CHECK(request.parameter("b") == "");
  CHECK(request.parameter("c") == std::nullopt);
}

TEST_CASE("a pattern with a star fits every path that begins so, after the exact ones") {
  const EndpointTable table{
      {"GET", "/a/exact", Family::deepstream, nullptr},
      {"GET", "/a/*", Family::deepstream, nullptr},
  };
  CHECK(findEndpoint(table, "GET", "/a/exact")->endpoint == &table[0]);
  CHECK(findEndpoint(table, "GET", "/a/other/more")->endpoint == &table[1]);
  CHECK(findEndpoint(table, "GET", "/a/")->endpoint == &table[1]);
  CHECK_FALSE(findEndpoint(table, "GET", "/a"));
  CHECK(findEndpoint(table, "PUT", "/a/other")->endpoint == nullptr);
}

TEST_CASE("a status has the phrase that DeepStream gives it, or else its usual one") {
  CHECK(statusPhrase(407) == "Proxy Authentication Required");
  CHECK(statusPhrase(408) == "Request Timout");
  CHECK(statusPhrase(414) == "Uri Too Long");
  CHECK(statusPhrase(410) == "Gone");
  CHECK(statusPhrase(422) == "Unprocessable Content");
  CHECK(statusPhrase(502) == "Bad Gateway");
  CHECK(statusPhrase(504) == "Gateway Timeout");
  CHECK(statusPhrase(299) == "Custom Status");
}

TEST_CASE("patterns overlap when a path may fit both") {
  CHECK(doOverlap("/a/b", "/a/b"));
  CHECK_FALSE(doOverlap("/a/b", "/a/bc"));
  CHECK(doOverlap("/a/b*", "/a/bc"));
  CHECK(doOverlap("/a/bc", "/a/b*"));
  CHECK(doOverlap("/a/*", "/a/b*"));
  CHECK(doOverlap("/a/b*", "/a/*"));
  CHECK_FALSE(doOverlap("/a/b*", "/a/c*"));
  CHECK_FALSE(doOverlap("/a/b*", "/a/"));
  CHECK(doOverlap("/s/{}/x", "/*"));
}
