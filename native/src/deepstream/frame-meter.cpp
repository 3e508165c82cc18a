#include "deepstream/frame-meter.h"

#include "pipeline/clock.h"

namespace sightline::deepstream {

void FrameMeter::received(std::size_t bytes) {
  constexpr std::uint64_t bitsPerByte = 8;
  bitRate_.add(monotonicMs(), bytes * bitsPerByte);
}

void FrameMeter::decoded(std::chrono::milliseconds early) {
  ++frames_;
  lastFrameAtMs_ = epochMs();
  lastFrameMs_ = monotonicMs() + early.count();
  frameRate_.add(monotonicMs(), 1);
}

void FrameMeter::sized(int width, int height) {
  width_ = width;
  height_ = height;
}

void FrameMeter::fill(StreamStatus& status) {
  constexpr double bitsPerKbit = 1000;
  const std::int64_t nowMs = monotonicMs();
  status.frames = frames_;
  status.lastFrameAtMs = lastFrameAtMs_;
  status.fps = frameRate_.perSecond(nowMs);
  status.kbps = bitRate_.perSecond(nowMs) / bitsPerKbit;
  status.width = width_;
  status.height = height_;
}

} // namespace sightline::deepstream
