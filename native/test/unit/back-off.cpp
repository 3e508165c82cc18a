#include "pipeline/back-off.h"

#include <doctest/doctest.h>

using namespace sightline;
using std::chrono::milliseconds;

TEST_CASE("back-off doubles from half a second and stops at 30 s") {
  BackOff backOff;
  CHECK(backOff.next(1) == milliseconds(500));
  CHECK(backOff.next(1) == milliseconds(1000));
  CHECK(backOff.next(1) == milliseconds(2000));
  for (int attempt = 0; attempt < 100; ++attempt) {
    CHECK(backOff.next(1) <= milliseconds(30000));
  }
  CHECK(backOff.next(1) == milliseconds(30000));
  CHECK(backOff.next(0) == milliseconds(22500));
  backOff.reset();
  CHECK(backOff.next(1) == milliseconds(500));
  CHECK(backOff.nextSlow(1) == milliseconds(30000));
}
