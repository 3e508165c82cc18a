// Streams that come and go for long, and many at once: what others notice and what stays behind.
#include "support/bad-server.h"
#include "support/numbered-cameras.h"
#include "support/recording.h"
#include "support/rig.h"

#include <doctest/doctest.h>

#include <array>
#include <atomic>
#include <csignal>
#include <thread>

using namespace test;

TEST_SUITE_BEGIN("endurance");

namespace {

constexpr int neighbours = 4;

// A sanitizer's run looks for mistakes; how much is too much is measured without one.
int scaled(int plain) {
  return sanitizer().empty() ? plain : plain / 5;
}

std::string neighbour(int number) {
  return "neighbour " + std::to_string(number);
}

// What the neighbours were sent and what they received, by the number that each picture bears.
struct Tally {
  std::array<std::uint64_t, neighbours> sent{};
  std::array<std::uint64_t, neighbours> received{};
};

// Each between two pictures: the last one sent has arrived, and none is on its way. One after the
// other, because a neighbour that is paused for long counts as stalled.
Tally tallyNeighbours(const Host& host, NumberedCameras& cameras) {
  Tally tally;
  for (int number = 1; number <= neighbours; ++number) {
    cameras.pause(number);
    const auto sent = cameras.sent(number);
    const std::string path =
        "/sightline/streams/neighbour%20" + std::to_string(number) + "/snapshot.jpg";
    REQUIRE(waitFor([&] { return readNumber(decodeJpeg(host.get(path).body)) == sent.number; }));
    const auto at = static_cast<std::size_t>(number - 1);
    tally.sent[at] = sent.pictures;
    tally.received[at] = host.frames(neighbour(number));
    cameras.resume(number);
  }
  return tally;
}

void startNeighbours(const Host& host, const NumberedCameras& cameras) {
  for (int number = 1; number <= neighbours; ++number) {
    REQUIRE(host.add(neighbour(number), cameras.url(number)) == "STREAM_ADD_SUCCESS");
  }
  for (int number = 1; number <= neighbours; ++number) {
    REQUIRE(host.waitForOutput(neighbour(number)));
  }
}

void checkNothingLost(const Host& host, const Tally& before, const Tally& after) {
  for (int number = 1; number <= neighbours; ++number) {
    const auto at = static_cast<std::size_t>(number - 1);
    CAPTURE(number);
    const Json::Value restarts = host.stream(neighbour(number))["restarts"];
    // A host that a sanitizer slows down may stall beside others; its counts say nothing then.
    if (!sanitizer().empty() && restarts != 0) {
      MESSAGE("neighbour " << number << " was stalled");
      continue;
    }
    CHECK(after.sent[at] > before.sent[at]);
    CHECK(after.received[at] - before.received[at] == after.sent[at] - before.sent[at]);
    CHECK(restarts == 0);
  }
}

struct Holdings {
  int files = 0;
  int threads = 0;
};

// As soon as many looks at the process have said the same: the last teardown is over.
Holdings settledHoldings(Host& host) {
  constexpr int looks = 20;
  Holdings now;
  int same = 0;
  REQUIRE(waitFor([&] {
    const Holdings before = now;
    now = {host.process().openFiles(), host.process().threads()};
    same = now.files == before.files && now.threads == before.threads ? same + 1 : 0;
    return same == looks;
  }));
  return now;
}

// Idle threads of GLib's pools may have ended since, so there may be fewer.
void checkHoldings(Host& host, const Holdings& wanted) {
  CAPTURE(wanted.files);
  CAPTURE(wanted.threads);
  CHECK(waitFor([&] { return host.process().openFiles() <= wanted.files; }));
  CHECK(waitFor([&] { return host.process().threads() <= wanted.threads; }));
}

} // namespace

TEST_CASE("200 streams come and go: others lose no picture and nothing stays behind") {
  // Measured: 2 to 4 MiB, the heaps of threads that come and go. One decoded picture of 338 KiB
  // that each cycle left behind would be 50 MiB.
  constexpr int growthKbMax = 12 * 1024;
  const int cycles = scaled(200);
  const int warmUp = cycles / 4;
  NumberedCameras cameras(neighbours + 1);
  Host host({cameras.port()});
  startNeighbours(host, cameras);
  const auto cycle = [&](int number) {
    const std::string id = "cycle " + std::to_string(number);
    REQUIRE(host.add(id, cameras.url(neighbours + 1)) == "STREAM_ADD_SUCCESS");
    REQUIRE(host.waitForFrames(id, 1));
    REQUIRE(host.remove(id, cameras.url(neighbours + 1)) == "STREAM_REMOVE_SUCCESS");
  };
  const Tally before = tallyNeighbours(host, cameras);
  for (int number = 1; number <= warmUp; ++number) {
    cycle(number);
  }
  const Holdings held = settledHoldings(host);
  const int memoryKb = host.process().memoryKb();
  for (int number = warmUp + 1; number <= cycles; ++number) {
    cycle(number);
  }
  checkHoldings(host, held);
  const int grownKb = host.process().memoryKb() - memoryKb;
  checkNothingLost(host, before, tallyNeighbours(host, cameras));
  MESSAGE("files " << held.files << ", threads " << held.threads << ", memory " << memoryKb
                   << " KiB, grown " << grownKb << " KiB in " << cycles - warmUp << " cycles");
  if (sanitizer().empty()) {
    CHECK(grownKb < growthKbMax);
  }
}

TEST_CASE("4 clients that add and remove at once leave a consistent host") {
  constexpr int clients = 4;
  const int rounds = scaled(50);
  NumberedCameras cameras(neighbours + clients);
  Host host({cameras.port()});
  startNeighbours(host, cameras);
  host.add("first", cameras.url(neighbours + 1));
  REQUIRE(host.waitForOutput("first"));
  host.remove("first", cameras.url(neighbours + 1));
  const Holdings held = settledHoldings(host);
  const Tally before = tallyNeighbours(host, cameras);
  std::atomic<int> refused{0};
  std::atomic<int> shared{0};
  const auto work = [&](int client) {
    const std::string url = cameras.url(neighbours + 1 + client);
    const std::string id = "of client " + std::to_string(client);
    for (int round = 0; round < rounds; ++round) {
      refused += host.add(id, url) == "STREAM_ADD_SUCCESS" ? 0 : 1;
      // All want this one, and one at a time gets it.
      shared += host.add("shared", cameras.url(1)) == "STREAM_ADD_SUCCESS" ? 1 : 0;
      if (round % 5 == 0) {
        refused += host.waitForFrames(id, 1) ? 0 : 1;
      }
      refused += host.remove(id, url) == "STREAM_REMOVE_SUCCESS" ? 0 : 1;
      shared -= host.remove("shared", cameras.url(1)) == "STREAM_REMOVE_SUCCESS" ? 1 : 0;
    }
    refused += host.add(id, url) == "STREAM_ADD_SUCCESS" ? 0 : 1;
  };
  std::vector<std::thread> workers;
  for (int client = 0; client < clients; ++client) {
    workers.emplace_back(work, client);
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  CHECK(refused == 0);
  CHECK(shared == 0);
  CHECK(host.stream("shared").isNull());
  CHECK(parseJson(host.get("/stream/get-stream-info").body)["stream-info"]["stream-count"] ==
        neighbours + clients);
  for (int client = 0; client < clients; ++client) {
    const std::string id = "of client " + std::to_string(client);
    CHECK(host.waitForFrames(id, 1));
    CHECK(host.remove(id, cameras.url(neighbours + 1 + client)) == "STREAM_REMOVE_SUCCESS");
  }
  checkHoldings(host, held);
  checkNothingLost(host, before, tallyNeighbours(host, cameras));
}

TEST_CASE("cameras that hang hold up neither a removal nor the end") {
  Cameras cameras(2);
  BadServer mute(muteCamera);
  BadServer partial(always("RTSP/1.0 200 OK\r\nContent-Length: 100\r\n"));
  Host host({cameras.port(), mute.port(), partial.port()});
  const std::string rtsp = "rtsp://127.0.0.1:";
  const std::vector<std::pair<std::string, std::string>> hanging{
      {"silent after pictures", cameras.url(1)},
      {"never answers", cameras.url(2)},
      {"never sends", rtsp + std::to_string(mute.port()) + "/"},
      {"stops in an answer", rtsp + std::to_string(partial.port()) + "/"}};
  const Holdings held = settledHoldings(host);
  host.add(hanging[0].first, hanging[0].second);
  REQUIRE(host.waitForFrames(hanging[0].first, 1));
  cameras.process().signal(SIGSTOP);
  const auto addRest = [&] {
    for (const auto& [id, url] : hanging) {
      host.add(id, url);
    }
  };
  addRest();
  for (const auto& [id, url] : hanging) {
    CHECK(host.remove(id, url) == "STREAM_REMOVE_SUCCESS");
  }
  CHECK(waitFor([&] { return host.process().openFiles() <= held.files; }));
  addRest();
  host.process().signal(SIGTERM);
  // An rtspsrc that is stopped in the moment in which it connects waits for its own 5 s; such a
  // teardown is left behind.
  CHECK(host.process().wait() == 0);
}

TEST_SUITE_END();
