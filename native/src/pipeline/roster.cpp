#include "pipeline/roster.h"

#include "pipeline/log.h"
#include "pipeline/url.h"

namespace sightline {

namespace {

const char* nameOf(RemoveReason reason) {
  switch (reason) {
  case RemoveReason::request:
    return "request";
  case RemoveReason::quit:
    return "quit";
  case RemoveReason::sourceFailed:
    return "source-failed";
  case RemoveReason::attemptsExceeded:
    return "attempts-exceeded";
  }
  return "";
}

} // namespace

void logChange(const StreamEntry& entry, const std::string& text, const std::string& requestId) {
  logInfo("stream " + entry.cameraId, text + " (request " + requestId + ")");
}

void announceAdded(EventLog& events, const StreamEntry& entry, const AddStream& request) {
  logChange(entry,
            "added as source " + std::to_string(entry.sourceId) + ", " + redactUrl(request.url),
            request.requestId);
  Event event;
  event.kind = "added";
  event.cameraId = entry.cameraId;
  event.sourceId = entry.sourceId;
  events.append(std::move(event));
}

void announceRemoved(EventLog& events, const StreamEntry& entry, RemoveReason reason,
                     std::optional<StreamError> error) {
  Event event;
  event.kind = "removed";
  event.cameraId = entry.cameraId;
  event.sourceId = entry.sourceId;
  event.reason = nameOf(reason);
  event.error = std::move(error);
  events.append(std::move(event));
}

} // namespace sightline
