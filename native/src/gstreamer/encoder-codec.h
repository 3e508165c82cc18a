#pragma once

#include "pipeline/settings.h"

#include <gst/gst.h>

#include <string>
#include <vector>

namespace sightline {

// Those whose elements are here: H.264 always, the others when their encoders are installed.
std::vector<VideoCodec> availableCodecs();
bool isAvailable(VideoCodec codec);

// "x264enc …": an element named `encoder` that makes key frames only when asked for, and what
// follows it up to byte-stream access units.
std::string encoderDescription(VideoCodec codec, unsigned bitsPerSecond);
// MPEG-4 is of constant quality.
bool hasBitrate(VideoCodec codec);
// False when this encoder has to be made anew for it.
bool setBitrateLive(GstElement* encoder, VideoCodec codec, unsigned bitsPerSecond);

// Of its access units: "video/x-h264" and the like.
std::string mediaType(VideoCodec codec);
// "( appsrc name=input … ! rtph264pay name=pay0 … )", for the media of one RTSP client.
std::string rtspMediaDescription(VideoCodec codec);

} // namespace sightline
