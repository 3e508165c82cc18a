#include "pipeline/slots.h"

#include <doctest/doctest.h>

using namespace sightline;

TEST_CASE("source ids go round before one is used again") {
  Slots slots(3);
  CHECK(slots.take("a") == 0);
  CHECK(slots.take("b") == 1);
  slots.release(0);
  CHECK(slots.take("c") == 2);
  CHECK(slots.take("d") == 0);
  CHECK(slots.take("e") == std::nullopt);
  slots.release(1);
  CHECK(slots.take("e") == 1);
}

TEST_CASE("a camera that comes back has its source id again, unless another has it") {
  Slots slots(3);
  CHECK(slots.take("a") == 0);
  slots.release(0);
  CHECK(slots.take("a") == 0);
  slots.release(0);
  CHECK(slots.take("b") == 1);
  CHECK(slots.take("c") == 2);
  CHECK(slots.take("d") == 0);
  slots.release(1);
  CHECK(slots.take("a") == 1);
}
