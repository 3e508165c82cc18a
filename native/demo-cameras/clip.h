#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>
#include <vector>

namespace demo {

struct UnrefSample {
  void operator()(GstSample* sample) const { gst_sample_unref(sample); }
};
using Sample = std::unique_ptr<GstSample, UnrefSample>;

// One loop of a camera as encoded access units in order; every `framesPerGroup`th is an IDR.
struct Clip {
  std::vector<Sample> units;
};

struct Size {
  int width = 0;
  int height = 0;
};

// `places` is each camera's own picture; `figures` a person and a face, in all the same.
enum class Scene { places, figures };

struct Footage {
  // "h264" or "h265".
  std::string codec = "h264";
  Size size;
  Scene scene = Scene::places;
};

// Throws std::runtime_error when the encoder is missing or fails.
Clip encodeClip(int camera, const Footage& footage);

} // namespace demo
