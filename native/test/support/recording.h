#pragma once

#include "gstreamer/gst-pointer.h"
#include "support/picture.h"

#include <string>
#include <vector>

namespace test {

// An I420 picture that bears its number, at 15 a second.
sightline::SamplePointer drawNumber(int number, int width, int height);
// The number that a picture bears: 8 bits, the lowest at the left.
int readNumber(const Picture& picture);

// Numbered pictures from 0 on in a file at 60 a second; `encoder` is like "x264enc bframes=2 !
// h264parse", and `muxer` like "mp4mux".
void writeNumbers(const std::string& path, int pictures, const std::string& encoder,
                  const std::string& muxer = "mp4mux");

} // namespace test
