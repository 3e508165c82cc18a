// What can be set while a stream runs, one type each. Ranges are checked before one is made; what a
// picture of a certain size allows, the backend checks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sightline {

// In pixels of the picture it speaks of.
struct Area {
  unsigned left = 0;
  unsigned top = 0;
  unsigned width = 0;
  unsigned height = 0;

  // Then the whole picture is meant.
  bool empty() const { return width == 0 || height == 0; }
};

// As DeepStream writes it: "left:top:width:height".
std::string words(const Area& area);

struct Roi {
  std::string id;
  Area area;
};

// Every Nth decoded frame passes; 0 and 1 pass all.
struct DropFrameInterval {
  unsigned interval = 0;
};

enum class SkippedFrames { none, nonReference, nonKey };
struct SkipFrames {
  SkippedFrames skipped = SkippedFrames::none;
};

struct LowLatencyMode {
  bool on = false;
};

enum class VideoCodec { h264, h265, mpeg4 };
// "h264", "h265", "mpeg4".
const char* codecName(VideoCodec codec);

// Of the encoded output. A change ends its RTSP clients, because their SDP speaks of the old one.
struct EncoderCodec {
  VideoCodec codec = VideoCodec::h264;
};

struct EncoderBitrate {
  unsigned bitsPerSecond = 0;
};

// Pictures from one I-frame to the next; 0: only those that are asked for, but for one every 600
// that MPEG-4 makes by itself. Nothing, as long as it is not set: one every
// `limits::keyFrameInterval`.
struct IframeInterval {
  std::optional<unsigned> frames;
};

// Of the decoded picture; an empty area is the whole picture.
struct SourceCrop {
  Area area;
};

// Where in the output picture it goes; around it the old pixels stay. An empty area is all of it.
struct DestinationCrop {
  Area area;
};

// As DeepStream numbers them: 0 none, 1 90° counterclockwise, 2 180°, 3 90° clockwise, 4
// horizontal, 5 upper-right diagonal, 6 vertical, 7 upper-left diagonal.
struct FlipMethod {
  unsigned method = 0;
};

// As DeepStream numbers them: 0 nearest to 5, 6 default.
struct InterpolationMethod {
  unsigned method = 6;
};

// Where the detectors look; none: everywhere.
struct Rois {
  std::vector<Roi> rois;
};

// The detectors look at one frame and leave so many out.
struct InferInterval {
  unsigned interval = 0;
};

enum class DetectorKind { motion, face, body };

// "motion" and the like.
std::string detectorName(DetectorKind kind);

// All that decides what is found in a stream, at once. Rois, InferInterval and TrackerConfig change
// parts of it.
struct Detectors {
  std::vector<DetectorKind> kinds{DetectorKind::motion};
  std::vector<Roi> rois;
  unsigned interval = 0;
  // Whether what is found is drawn into the pictures.
  bool osd = false;
  // The tracker's file, as it was named; empty: the tracker's own defaults.
  std::string trackerConfig{};
};

// The processor draws what the detectors find into the pictures from then on.
enum class OsdProcessor { cpu, gpu };
struct OsdProcessMode {
  OsdProcessor processor = OsdProcessor::cpu;
};

struct TrackerConfig {
  std::string path;
};

using StreamSetting =
    std::variant<DropFrameInterval, SkipFrames, LowLatencyMode, EncoderCodec, EncoderBitrate,
                 IframeInterval, SourceCrop, DestinationCrop, FlipMethod, InterpolationMethod, Rois,
                 InferInterval, Detectors, OsdProcessMode, TrackerConfig>;

// For the log.
std::string describe(const StreamSetting& setting);

// -1 waits for ever.
struct BatchedPushTimeout {
  std::int64_t microseconds = -1;
};

struct MuxMaxLatency {
  std::uint64_t nanoseconds = 0;
};

struct AnalyticsReload {};

using HostSetting = std::variant<BatchedPushTimeout, MuxMaxLatency, AnalyticsReload>;

// What holds for all streams, whether it was set or is the default.
struct SharedSettings {
  BatchedPushTimeout batchedPushTimeout;
  MuxMaxLatency maxLatency;
};

std::string describe(const HostSetting& setting);

} // namespace sightline
