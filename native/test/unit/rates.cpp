#include "pipeline/sliding-rate.h"

#include <doctest/doctest.h>

using namespace sightline;

TEST_CASE("a rate counts what arrived within the window and falls to 0") {
  SlidingRate rate(std::chrono::milliseconds(2000));
  CHECK(rate.perSecond(1000) == 0);
  for (int at = 0; at < 3000; at += 100) {
    rate.add(at, 1);
  }
  CHECK(rate.perSecond(2900) == doctest::Approx(10));
  CHECK(rate.perSecond(3900) == doctest::Approx(5));
  CHECK(rate.perSecond(4900) == 0);
}
