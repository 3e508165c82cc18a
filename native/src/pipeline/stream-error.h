#pragma once

#include <string>

namespace sightline {

// Why a source does not run. `code` is one of the constants below.
struct StreamError {
  std::string code;
  std::string text;
};

namespace stream_code {
inline constexpr auto unreachable = "stream.source-unreachable";
inline constexpr auto notFound = "stream.source-not-found";
inline constexpr auto unauthorized = "stream.source-unauthorized";
// Its certificate.
inline constexpr auto untrusted = "stream.source-untrusted";
inline constexpr auto forbidden = "stream.source-forbidden";
inline constexpr auto invalid = "stream.source-invalid";
inline constexpr auto codecUnsupported = "stream.codec-unsupported";
inline constexpr auto noVideo = "stream.no-video";
inline constexpr auto noFirstFrame = "stream.no-first-frame";
inline constexpr auto stalled = "stream.stalled";
// Of the encoded output, not of the source.
inline constexpr auto recordingFailed = "stream.recording-failed";
} // namespace stream_code

} // namespace sightline
