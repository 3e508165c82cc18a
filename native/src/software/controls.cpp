#include "software/controls.h"

namespace sightline {

namespace {

using Controls = std::vector<ControlEntry>;

Controls sourceControls() {
  return {{"drop-frame-interval", "stream", "every Nth decoded frame passes, at once; 0 is all"},
          {"skip-frames", "stream",
           "0 decodes all; 1 leaves out pictures that no other refers to; 2 decodes key frames "
           "only"},
          {"low-latency-mode", "stream",
           "connects anew and waits for no late packet; not for recordings"}};
}

Controls encoderControls() {
  return {{"codec", "stream", "encodes anew; clients of the output are ended and may come again"},
          {"bitrate", "stream",
           "H.264 at once; H.265 with a new encoder, from an IDR on; not for MPEG-4"},
          {"iframe-interval", "stream",
           "exact from the next picture on; 0 is only those asked for; until it is set, every 2 s"},
          {"force-idr", "stream", "the next encoded picture is an IDR, in MPEG-4 an I-VOP"},
          {"force-intra", "stream", "the same as force-idr"}};
}

Controls converterControls() {
  return {{"srccrop", "stream", "clamped to the decoded picture and scaled to the output"},
          {"destcrop", "stream", "clamped to the output picture; around it the old pixels stay"},
          {"flip-method", "stream", "the output keeps its size; a turned picture is scaled to it"},
          {"interpolation-method", "stream",
           "where something is scaled: 0 and 6 nearest, 1 linear, 2 cubic, 3 sinc, 4 Lanczos, 5 "
           "with 8 taps"}};
}

Controls visionControls() {
  return {{"detectors", "stream", "motion, face and body, their regions and interval, all at once"},
          {"roi", "stream", "the detectors look only there, in pixels of the output"},
          {"infer-interval", "stream", "the detectors look at one picture and leave so many out"},
          {"osd-process-mode", "stream", "0 draws what is found into the pictures; 1 cannot be"},
          {"batched-push-timeout", "device",
           "how long the detectors wait for a picture of each stream"},
          {"max-latency", "device", "how much longer they wait for a late one"}};
}

Controls fileControls() {
  return {
      {"tracker-config", "stream", "maximal age, probation and overlap from a tracker's YAML"},
      {"analytics-reload", "device", "regions and lines of config_nvdsanalytics.txt, read anew"}};
}

} // namespace

std::vector<ControlEntry> controlsOf(const BackendSetup& setup) {
  Controls all;
  const auto append = [&all](bool isThere, Controls (*group)()) {
    if (isThere) {
      const Controls more = group();
      all.insert(all.end(), more.begin(), more.end());
    }
  };
  append(true, sourceControls);
  append(setup.encodes, encoderControls);
  append(setup.converts, converterControls);
  append(true, visionControls);
  append(setup.analyticsDir.has_value(), fileControls);
  return all;
}

} // namespace sightline
