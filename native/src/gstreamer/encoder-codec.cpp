#include "gstreamer/encoder-codec.h"

#include "gstreamer/elements.h"

#include <algorithm>

namespace sightline {

namespace {

struct CodecElements {
  VideoCodec codec;
  std::vector<const char*> names;
};

const std::vector<CodecElements>& codecElements() {
  static const std::vector<CodecElements> elements{
      {VideoCodec::h264, {"x264enc", "rtph264pay"}},
      {VideoCodec::h265, {"x265enc", "rtph265pay"}},
      {VideoCodec::mpeg4, {"avenc_mpeg4", "rtpmp4vpay"}}};
  return elements;
}

// libavcodec takes no longer ones.
constexpr int mpeg4GroupMax = 600;
constexpr unsigned bitsPerKbit = 1000;

std::string h264(unsigned bitsPerSecond) {
  return "x264enc name=encoder tune=zerolatency speed-preset=ultrafast threads=1 pass=cbr "
         "key-int-max=100000 option-string=scenecut=0 bitrate=" +
         std::to_string(bitsPerSecond / bitsPerKbit) +
         " ! video/x-h264,stream-format=byte-stream,alignment=au";
}

// Headers before each IDR, because clients and recordings begin at any. x265 controls the rate only
// loosely without a buffer that it must not overrun: half a second.
std::string h265(unsigned bitsPerSecond) {
  const std::string kbps = std::to_string(bitsPerSecond / bitsPerKbit);
  const std::string buffer = std::to_string(std::max(1U, bitsPerSecond / bitsPerKbit / 2));
  return "x265enc name=encoder tune=zerolatency speed-preset=ultrafast log-level=none "
         "key-int-max=100000 "
         "option-string=scenecut=0:open-gop=0:repeat-headers=1:pools=none:frame-threads=1:"
         "vbv-maxrate=" +
         kbps + ":vbv-bufsize=" + buffer + " bitrate=" + kbps +
         " ! video/x-h265,stream-format=byte-stream,alignment=au";
}

// Of constant quality, because avenc_mpeg4 1.22 makes the same pictures whatever bitrate it is
// given. libavcodec writes the headers before each I-VOP, so that clients can join there; a parser
// behind it would hold back one picture.
std::string mpeg4() {
  return "avenc_mpeg4 name=encoder pass=quant quantizer=4 sc-threshold=1000000000 gop-size=" +
         std::to_string(mpeg4GroupMax) + " ! video/mpeg,mpegversion=4,systemstream=false";
}

} // namespace

std::vector<VideoCodec> availableCodecs() {
  std::vector<VideoCodec> codecs;
  for (const CodecElements& entry : codecElements()) {
    if (std::all_of(entry.names.begin(), entry.names.end(), canLoad)) {
      codecs.push_back(entry.codec);
    }
  }
  return codecs;
}

bool isAvailable(VideoCodec codec) {
  const std::vector<VideoCodec> codecs = availableCodecs();
  return std::find(codecs.begin(), codecs.end(), codec) != codecs.end();
}

std::string encoderDescription(VideoCodec codec, unsigned bitsPerSecond) {
  switch (codec) {
  case VideoCodec::h264:
    return h264(bitsPerSecond);
  case VideoCodec::h265:
    return h265(bitsPerSecond);
  case VideoCodec::mpeg4:
    return mpeg4();
  }
  return h264(bitsPerSecond);
}

bool hasBitrate(VideoCodec codec) {
  return codec != VideoCodec::mpeg4;
}

bool setBitrateLive(GstElement* encoder, VideoCodec codec, unsigned bitsPerSecond) {
  if (codec != VideoCodec::h264) {
    return false;
  }
  g_object_set(encoder, "bitrate", bitsPerSecond / bitsPerKbit, nullptr);
  return true;
}

std::string mediaType(VideoCodec codec) {
  switch (codec) {
  case VideoCodec::h264:
    return "video/x-h264";
  case VideoCodec::h265:
    return "video/x-h265";
  case VideoCodec::mpeg4:
    return "video/mpeg";
  }
  return "";
}

std::string rtspMediaDescription(VideoCodec codec) {
  const std::string input =
      "( appsrc name=input is-live=true format=time max-bytes=0 max-time=0 max-buffers=0 ! ";
  const std::string number = " name=pay0 pt=96 config-interval=-1";
  switch (codec) {
  case VideoCodec::h264:
    return input + "rtph264pay" + number + " aggregate-mode=zero-latency )";
  case VideoCodec::h265:
    return input + "rtph265pay" + number + " aggregate-mode=zero-latency )";
  case VideoCodec::mpeg4:
    // Else it puts as many pictures into a packet as there is room for, and clients see one.
    return input + "rtpmp4vpay" + number + " max-ptime=1 )";
  }
  return input;
}

} // namespace sightline
