#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>

namespace sightline {

// How busy the box is, all of it and not only this process. [proc(5): stat, meminfo]
class HostLoad {
 public:
  // Nothing where the kernel does not say.
  struct Reading {
    // In use: what could not be had by a new program.
    std::optional<double> ramGb;
    // Of all cores, since the reading before; 0 - 100.
    std::optional<double> cpuPercent;
  };

  // The load is that of at least this time.
  explicit HostLoad(std::chrono::milliseconds window);
  Reading read();

 private:
  struct Ticks {
    std::uint64_t busy = 0;
    std::uint64_t all = 0;
  };
  static std::optional<Ticks> readTicks();

  const std::chrono::milliseconds window_;
  std::mutex mutex_;
  std::optional<Ticks> before_;
  std::int64_t beforeAtMs_;
  std::optional<double> cpuPercent_;
};

} // namespace sightline
