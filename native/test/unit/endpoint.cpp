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
