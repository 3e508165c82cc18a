#include "pipeline/log.h"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <fcntl.h>
#include <future>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace sightline;

namespace {

// Standard error goes into a pipe meanwhile, with room for one line.
class UnreadLog {
 public:
  UnreadLog() : before_(dup(STDERR_FILENO)) {
    REQUIRE(pipe2(ends_, O_CLOEXEC) == 0);
    fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    fcntl(ends_[1], F_SETPIPE_SZ, 4096);
    dup2(ends_[1], STDERR_FILENO);
  }
  ~UnreadLog() {
    dup2(before_, STDERR_FILENO);
    for (const int end : {before_, ends_[0], ends_[1]}) {
      close(end);
    }
  }
  UnreadLog(const UnreadLog&) = delete;
  UnreadLog& operator=(const UnreadLog&) = delete;

  // Lets go on whoever waits.
  void drain() const {
    std::string bytes(1 << 20, ' ');
    while (read(ends_[0], bytes.data(), bytes.size()) > 0) {
    }
  }

 private:
  const int before_;
  int ends_[2]{};
};

} // namespace

TEST_CASE("a log that nobody reads holds up no thread, however many write at once") {
  constexpr int writersCount = 2;
  const std::string text(4000, 'x');
  bool isHeldUp = false;
  for (int round = 0; round < 500 && !isHeldUp; ++round) {
    const UnreadLog log;
    std::atomic<int> waiting{writersCount};
    std::vector<std::future<void>> writers;
    for (int writer = 0; writer < writersCount; ++writer) {
      writers.push_back(std::async(std::launch::async, [&] {
        --waiting;
        while (waiting > 0) {
          std::this_thread::yield();
        }
        logInfo("test", text);
      }));
    }
    for (const auto& writer : writers) {
      isHeldUp = isHeldUp || writer.wait_for(std::chrono::seconds(2)) != std::future_status::ready;
    }
    for (const auto& writer : writers) {
      while (writer.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
        log.drain();
      }
    }
  }
  CHECK_FALSE(isHeldUp);
}
