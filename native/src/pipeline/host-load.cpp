#include "pipeline/host-load.h"

#include "pipeline/clock.h"

#include <fstream>
#include <string>

namespace sightline {

namespace {

std::optional<double> usedRamGb() {
  std::ifstream file("/proc/meminfo");
  std::optional<double> totalKb;
  std::optional<double> availableKb;
  std::string name;
  std::string unit;
  for (double kilobytes = 0; file >> name >> kilobytes && std::getline(file, unit);) {
    if (name == "MemTotal:") {
      totalKb = kilobytes;
    } else if (name == "MemAvailable:") {
      availableKb = kilobytes;
    }
  }
  constexpr double kbPerGb = 1024 * 1024;
  return totalKb && availableKb ? std::optional((*totalKb - *availableKb) / kbPerGb) : std::nullopt;
}

} // namespace

HostLoad::HostLoad(std::chrono::milliseconds window)
    : window_(window), before_(readTicks()), beforeAtMs_(monotonicMs()) {}

std::optional<HostLoad::Ticks> HostLoad::readTicks() {
  std::ifstream file("/proc/stat");
  std::string name;
  // user nice system idle iowait irq softirq steal; guests are in user already.
  std::uint64_t times[8] = {};
  file >> name;
  for (std::uint64_t& time : times) {
    file >> time;
  }
  if (!file || name != "cpu") {
    return std::nullopt;
  }
  Ticks ticks;
  for (const std::uint64_t time : times) {
    ticks.all += time;
  }
  ticks.busy = ticks.all - times[3] - times[4];
  return ticks;
}

HostLoad::Reading HostLoad::read() {
  const std::lock_guard lock(mutex_);
  const std::int64_t nowMs = monotonicMs();
  const auto now = readTicks();
  const bool isLater = nowMs - beforeAtMs_ >= window_.count();
  if (now && before_ && isLater && now->all > before_->all) {
    // Idle times of the kernel may step back a little.
    const double busy =
        now->busy > before_->busy ? static_cast<double>(now->busy - before_->busy) : 0;
    cpuPercent_ = 100 * busy / static_cast<double>(now->all - before_->all);
    before_ = now;
    beforeAtMs_ = nowMs;
  }
  return {usedRamGb(), cpuPercent_};
}

} // namespace sightline
