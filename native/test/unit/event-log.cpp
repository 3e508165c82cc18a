#include "pipeline/event-log.h"

#include <doctest/doctest.h>

#include <thread>

using namespace sightline;
using std::chrono::milliseconds;

namespace {

Event event(const char* kind) {
  Event result;
  result.kind = kind;
  return result;
}

} // namespace

TEST_CASE("events are numbered and held") {
  EventLog log(3);
  CHECK(log.after(0, milliseconds(1)).empty());
  log.append(event("added"));
  log.append(event("running"));
  const auto events = log.after(1, milliseconds(0));
  REQUIRE(events.size() == 1);
  CHECK(events[0].seq == 2);
  CHECK(events[0].kind == "running");
}

TEST_CASE("a reader that is too far behind hears what it lost") {
  EventLog log(3);
  for (int count = 0; count < 5; ++count) {
    log.append(event("added"));
  }
  const auto events = log.after(0, milliseconds(0));
  REQUIRE(events.size() == 4);
  CHECK(events[0].kind == "lost");
  CHECK(events[0].seq == 2);
  CHECK(events[1].seq == 3);
  CHECK(log.after(2, milliseconds(0)).front().kind == "added");
}

TEST_CASE("a reader from an earlier boot starts again") {
  EventLog log(3);
  log.append(event("added"));
  const auto events = log.after(500, milliseconds(0));
  REQUIRE(events.size() == 2);
  CHECK(events[0].kind == "lost");
  CHECK(events[1].seq == 1);
}

TEST_CASE("closing wakes a waiting reader") {
  EventLog log(3);
  std::thread closer([&log] { log.close(); });
  CHECK(log.after(0, std::chrono::minutes(1)).empty());
  closer.join();
  CHECK(log.closed());
}
