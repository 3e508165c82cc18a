// Every number that decides how the host behaves, with its unit and its reason.
#pragma once

#include <chrono>
#include <cstddef>

namespace sightline::limits {

using namespace std::chrono_literals;

// Connect to first decoded frame. A GOP of a slow camera may last 4 s, and a connect may take 5 s.
inline constexpr std::chrono::milliseconds firstFrameTimeout = 10s;
// A frozen RTSP source posts nothing at all, so silence is measured on frames.
inline constexpr std::chrono::milliseconds stallTimeout = 5s;
// How often a recording says how far it has been played.
inline constexpr std::chrono::milliseconds progressInterval = 1s;
// A configured pause between connects; a longer one would be a forgotten camera.
inline constexpr std::chrono::seconds reconnectIntervalMax = 24h;

inline constexpr std::chrono::milliseconds backOffFirst = 500ms;
inline constexpr std::chrono::milliseconds backOffMax = 30s;
// Frames must have flowed for this long before the back-off starts from its first step again.
inline constexpr std::chrono::milliseconds backOffResetAfter = 10s;

inline constexpr std::chrono::milliseconds rateWindow = 2s;

// TCP connect of rtspsrc, and its UDP silence.
inline constexpr std::chrono::microseconds rtspTimeout = 5s;
inline constexpr std::chrono::milliseconds rtspLatency = 100ms;

// Generated sources. The time has to fit in, and the largest is 4K.
inline constexpr unsigned fakeWidth = 640;
inline constexpr unsigned fakeHeight = 360;
inline constexpr unsigned fakeBitrate = 1'000'000;
inline constexpr unsigned fakeRate = 25;
inline constexpr unsigned fakeSideMin = 64;
inline constexpr unsigned fakeWidthMax = 3840;
inline constexpr unsigned fakeHeightMax = 2160;
// x264enc counts in kbit/s.
inline constexpr unsigned fakeBitrateMin = 1000;
inline constexpr unsigned fakeBitrateMax = 50'000'000;

// Time and not frames, so that one frame a second still has a key frame every two.
inline constexpr std::chrono::milliseconds keyFrameInterval = 2s;
inline constexpr unsigned encoderBitrate = 2'000'000;
// x264enc and x265enc count in kbit/s; x265enc ends at 102400 of them.
inline constexpr unsigned encoderBitrateMin = 1000;
inline constexpr unsigned encoderBitrateMax = 100'000'000;
// Custom events of one stream, those that wait for a picture and the held ones.
inline constexpr std::size_t customEventsMax = 64;
// Raw pictures waiting for the encoder; the oldest goes first.
inline constexpr unsigned encoderQueueFrames = 3;
inline constexpr std::chrono::milliseconds encoderRetry = 5s;
// Encoded pictures waiting for one RTSP client; beyond, it skips to the next IDR.
inline constexpr unsigned clientQueueFrames = 45;
// No encoded picture for this long and a DESCRIBE is answered 503 instead of waiting for one. Key
// pictures alone, or every 30th, may be as far apart.
inline constexpr std::chrono::milliseconds outputFreshness = 10s;
// Encoded pictures waiting for the disk, some 4 s; beyond, a recording skips to the next IDR.
inline constexpr unsigned recordingQueueFrames = 100;
inline constexpr std::size_t recordingNameBytesMax = 255;
// What of a recording a power cut may cost.
inline constexpr std::chrono::milliseconds recordingFlush = 2s;
inline constexpr unsigned rtspSessionsMax = 256;
inline constexpr std::chrono::seconds rtspSessionSweep = 5s;

inline constexpr std::chrono::milliseconds snapshotTimeout = 3s;
// Pictures a second of a preview.
inline constexpr unsigned previewRate = 5;
inline constexpr unsigned previewRateMax = 15;

// Slots are allocated at the start; a box decodes far fewer.
inline constexpr int sourcesMax = 1024;
// Configured width and height of the outputs; H.264 ends at 8192 of its macroblocks' pixels.
inline constexpr unsigned outputSideMin = 16;
inline constexpr unsigned outputSideMax = 8192;

inline constexpr std::size_t eventsHeld = 4096;
inline constexpr std::chrono::milliseconds eventHeartbeat = 2s;
// Each open event reader holds one HTTP worker for as long as it stays, and a client that does not
// end its request holds one for httpTimeout. The rest of them answers REST; while there is none, a
// request waits until the unfinished ones are given up.
inline constexpr int eventReadersMax = 16;
// So does each viewer of a preview.
inline constexpr int previewViewersMax = 8;
inline constexpr int httpWorkers = eventReadersMax + previewViewersMax + 12;
inline constexpr std::chrono::milliseconds httpTimeout = 5s;
inline constexpr std::size_t bodyBytesMax = 1024 * 1024;
inline constexpr int jsonDepthMax = 32;

inline constexpr std::size_t cameraIdBytesMax = 512;
inline constexpr std::size_t cameraNameBytesMax = 512;
inline constexpr std::size_t cameraUrlBytesMax = 4096;
// Motion is looked for in pictures of this size at most, and counts from this share of them.
inline constexpr int motionWidthMax = 320;
inline constexpr int motionHeightMax = 180;
inline constexpr int motionShareMin = 1000;
// Faces and bodies: what one core looks through in 50 ms.
inline constexpr int detectionWidthMax = 640;
inline constexpr int detectionHeightMax = 360;
inline constexpr unsigned detectorThreadsMax = 4;
// Half the time from one picture to the next at 30 a second: a longer wait for a stream that does
// not come would cost the others pictures.
inline constexpr std::chrono::microseconds batchedPushTimeout = 16ms;
// mux/max-latency counts nanoseconds in 32 bits.
inline constexpr std::chrono::milliseconds muxLatencyMax = 4295ms;
inline constexpr unsigned trackAgeMax = 10'000;
inline constexpr std::size_t configFileBytesMax = 64 * 1024;
// Per stream. 64 streams at this rate fill the events held in half a minute.
inline constexpr std::size_t objectEventsPerSecond = 2;
inline constexpr std::chrono::milliseconds objectEventRepeat = 5s;
inline constexpr std::size_t crossingsWaitingMax = 16;

// DeepStream: as its server's own configuration has it, one picture at 30 a second.
inline constexpr std::chrono::microseconds muxPushTimeout = 33333us;
// Its encoder counts pictures only; about keyFrameInterval.
inline constexpr unsigned keyFramePictures = 60;
// Elements work off what they have before they pass an event on; a batch may take this long.
inline constexpr std::chrono::milliseconds eventArrival = 2s;
// A pipeline that is started again so soon after a setting may have failed of it.
inline constexpr std::chrono::milliseconds suspectSetting = 15s;
// How often a silent source is looked at for new frames.
inline constexpr std::chrono::milliseconds stallCheck = 200ms;
// Silence after which nvurisrcbin connects again by itself, and how long it may try before the
// source is taken out and back-off begins.
inline constexpr std::chrono::seconds rtspReconnectInterval = 5s;
inline constexpr std::chrono::milliseconds rtspReconnectPatience = 10s;

// What DeepStream's parsers take.
inline constexpr unsigned dropFrameIntervalMax = 30;
inline constexpr unsigned inferIntervalMax = 32;
inline constexpr unsigned inferserverIntervalMax = 2'147'483'647;
inline constexpr unsigned iframeIntervalMax = 256;
inline constexpr unsigned flipMethodMax = 7;
inline constexpr unsigned interpolationMethodMax = 6;
// DeepStream cuts the rest off.
inline constexpr std::size_t roiIdBytesMax = 127;
// DeepStream has no limit; a detector runs once for each.
inline constexpr unsigned roisMax = 64;
inline constexpr std::size_t pathBytesMax = 4096;

// Shorter, and the load of the box would be that of a few scheduler ticks.
inline constexpr std::chrono::milliseconds hostLoadWindow = 500ms;

// SIGTERM to exit; a teardown that hangs longer is left behind.
inline constexpr std::chrono::milliseconds shutdownTimeout = 1800ms;

} // namespace sightline::limits
