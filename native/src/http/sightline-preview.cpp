// GET /api/v1/sightline/streams/{camera_id}/preview.mjpeg: the pictures of a stream as they come.
#include "http/place.h"
#include "http/routes.h"
#include "pipeline/limits.h"

#include <charconv>

namespace sightline::http {

namespace {

constexpr auto boundary = "picture";

std::optional<unsigned> readRate(const Request& request) {
  const std::string given = request.parameter("fps").value_or(std::to_string(limits::previewRate));
  unsigned rate = 0;
  const char* end = given.data() + given.size();
  const auto [stop, error] = std::from_chars(given.data(), end, rate);
  const bool isRate =
      error == std::errc() && stop == end && rate >= 1 && rate <= limits::previewRateMax;
  return isRate ? std::optional(rate) : std::nullopt;
}

std::string partOf(const std::string& jpeg) {
  return std::string("--") + boundary +
         "\r\nContent-Type: image/jpeg\r\nContent-Length: " + std::to_string(jpeg.size()) +
         "\r\n\r\n" + jpeg + "\r\n";
}

// Until the client goes or the stream ends. A line end between two parts says "still here", and
// finds out whether the client is.
void writePictures(Preview& preview, const Write& write) {
  bool open = true;
  while (open && !preview.hasEnded()) {
    const auto jpeg = preview.next(limits::eventHeartbeat);
    if (!jpeg) {
      open = write("\r\n");
    } else if (!jpeg->empty()) {
      open = write(partOf(*jpeg));
    }
  }
  if (open) {
    write(std::string("--") + boundary + "--\r\n");
  }
}

Response preview(const Control& control, const PlaceCount& viewers, const Request& request) {
  const auto rate = readRate(request);
  if (!rate) {
    return problem(400, "input.invalid",
                   "fps must be a whole number from 1 to " +
                       std::to_string(limits::previewRateMax));
  }
  PreviewAnswer answer = control.preview(request.segment, *rate);
  switch (answer.result) {
  case SnapshotResult::unknownStream:
    return problem(404, "stream.not-found", "there is no such stream");
  case SnapshotResult::noFrame:
    return problem(503, "stream.no-frame", "the stream has shown no frame yet");
  case SnapshotResult::ok:
    break;
  }
  const Place place = takePlace(viewers, limits::previewViewersMax);
  if (!place) {
    return problem(503, "pipeline.unavailable", "too many viewers of previews");
  }
  Response response;
  response.contentType = std::string("multipart/x-mixed-replace; boundary=") + boundary;
  response.headers["Cache-Control"] = "no-store";
  response.stream = [place, preview = std::move(answer.preview)](const Write& write) {
    writePictures(*preview, write);
  };
  return response;
}

} // namespace

void registerPreviewEndpoint(EndpointTable& table, const Host& host) {
  const auto viewers = std::make_shared<std::atomic<int>>(0);
  table.push_back({"GET", "/api/v1/sightline/streams/{}/preview.mjpeg", Family::sightline,
                   [&control = host.control, viewers](const Request& request) {
                     return preview(control, viewers, request);
                   }});
}

} // namespace sightline::http
