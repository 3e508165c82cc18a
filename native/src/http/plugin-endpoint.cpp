#include "http/plugin-endpoint.h"

#include "gstreamer/gst-pointer.h"
#include "http/envelope.h"
#include "pipeline/log.h"

#include <algorithm>
#include <future>

namespace sightline::http {

namespace {

// What the plugin's callback is given; the functions find in it whom they work for.
struct Call : SightlineHost {
  Call(const Host& given, const Request& asked, const std::string& plugin);

  SightlineEventResult send(int sourceId, const GstStructure* event, SightlineEventHold hold) const;

  const Host& host;
  const Request& request;
  const std::string subject;
};

const Call& callOf(const SightlineHost* host) {
  return static_cast<const Call&>(*host);
}

SightlineEventResult sendEvent(const SightlineHost* host, int sourceId, const GstStructure* event,
                               SightlineEventHold hold) {
  return callOf(host).send(sourceId, event, hold);
}

guint sendEventToAll(const SightlineHost* host, const GstStructure* event, SightlineEventHold hold,
                     guint* refused) {
  const Call& call = callOf(host);
  guint sent = 0;
  guint notSent = 0;
  for (const StreamEntry& entry : call.host.control.list()) {
    ++(call.send(entry.sourceId, event, hold) == SIGHTLINE_EVENT_QUEUED ? sent : notSent);
  }
  if (refused != nullptr) {
    *refused = notSent;
  }
  return sent;
}

int findStream(const SightlineHost* host, const char* cameraId) {
  const auto entries = callOf(host).host.control.list();
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const StreamEntry& entry) {
    return cameraId != nullptr && entry.cameraId == cameraId;
  });
  return found == entries.end() ? -1 : found->sourceId;
}

void eachStream(const SightlineHost* host, void (*visit)(const SightlineStream*, void*),
                void* userData) {
  for (const StreamEntry& entry : callOf(host).host.control.list()) {
    const SightlineStream stream{entry.sourceId, entry.cameraId.c_str(), entry.cameraName.c_str()};
    visit(&stream, userData);
  }
}

void writeLog(const SightlineHost* host, GLogLevelFlags level, const char* text) {
  const Call& call = callOf(host);
  const bool isError = (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0;
  const bool isWarning = (level & G_LOG_LEVEL_WARNING) != 0;
  log(isError     ? LogLevel::error
      : isWarning ? LogLevel::warn
                  : LogLevel::info,
      call.subject,
      std::string(text != nullptr ? text : "") + " (request " + call.request.requestId + ")");
}

Call::Call(const Host& given, const Request& asked, const std::string& plugin)
    : SightlineHost{sendEvent, sendEventToAll, findStream, eachStream, writeLog}, host(given),
      request(asked), subject("plugin " + plugin) {}

SightlineEventResult Call::send(int sourceId, const GstStructure* event,
                                SightlineEventHold hold) const {
  if (event == nullptr) {
    return SIGHTLINE_EVENT_UNSUPPORTED;
  }
  const std::shared_ptr<const GstStructure> copy(
      gst_structure_copy(event), [](GstStructure* structure) { gst_structure_free(structure); });
  switch (host.control.send({sourceId, copy, hold == SIGHTLINE_EVENT_HELD, request.requestId})) {
  case SendResult::queued:
    return SIGHTLINE_EVENT_QUEUED;
  case SendResult::unknownSource:
    return SIGHTLINE_EVENT_UNKNOWN_STREAM;
  case SendResult::notPushed:
    return SIGHTLINE_EVENT_NOT_PUSHED;
  case SendResult::unsupported:
    break;
  }
  return SIGHTLINE_EVENT_UNSUPPORTED;
}

// What the parser made, for as long as the callback works on it.
class Parsed {
 public:
  Parsed(const SightlineEndpoint& endpoint, void* object) : endpoint_(endpoint), object_(object) {}
  ~Parsed() {
    if (object_ == nullptr) {
      return;
    }
    try {
      endpoint_.release(object_);
    } catch (...) {
      logError("host", std::string("release() of the endpoint ") + endpoint_.path + " threw");
    }
  }
  Parsed(const Parsed&) = delete;
  Parsed& operator=(const Parsed&) = delete;

  void* object() const { return object_; }

 private:
  const SightlineEndpoint& endpoint_;
  void* const object_;
};

// Owns its texts.
struct Answer : SightlineAnswer {
  Answer() : SightlineAnswer{} {}
  ~Answer() {
    g_free(reason);
    g_free(content_type);
    g_free(body);
  }
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
};

// Such as have a body, as each answer here.
bool isStatus(int status) {
  return status >= 200 && status < 600 && status != 204 && status != 205 && status != 304;
}

bool isContentType(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return character >= ' ' && character <= '~';
  });
}

// An envelope whose status is on the wire whatever `--wire-status` says.
Response customAnswer(int status, const std::string& reason) {
  Response response = answer(status, reason);
  response.form = Form::plain;
  return response;
}

} // namespace

Response PluginEndpoint::operator()(const Request& request) const {
  try {
    // A thread of its own has the usual stack. Civetweb's have 100 KiB, too little for many a
    // parser of JSON that is nested deeply.
    return std::async(std::launch::async, [&] { return ask(request); }).get();
  } catch (const std::exception& exception) {
    return failed(std::string("threw an exception: ") + exception.what(), request);
  } catch (...) {
    return failed("threw an exception", request);
  }
}

Response PluginEndpoint::ask(const Request& request) const {
  const SightlineRequest asked{request.method.c_str(),    request.path.c_str(),
                               request.query.c_str(),     request.remoteAddress.c_str(),
                               request.requestId.c_str(), request.body.c_str(),
                               request.body.size()};
  char* mistake = nullptr;
  const Parsed parsed(*endpoint_, endpoint_->parse ? endpoint_->parse(&asked, &mistake) : nullptr);
  const TextPointer error(mistake);
  if (endpoint_->parse && parsed.object() == nullptr) {
    return error ? customAnswer(400, error.get())
                 : failed("gave neither a request nor an error", request);
  }
  Answer answer;
  const Call call(host_, request, plugin_);
  endpoint_->handle(&call, &asked, parsed.object(), &answer);
  if (!isStatus(answer.status)) {
    return failed("gave no status", request);
  }
  if (answer.content_type == nullptr) {
    return answer.reason != nullptr ? customAnswer(answer.status, answer.reason)
                                    : failed("gave neither a reason nor a body", request);
  }
  if (!isContentType(answer.content_type) || (answer.body == nullptr && answer.body_size > 0)) {
    return failed("gave no proper body", request);
  }
  Response response;
  response.status = answer.status;
  response.contentType = answer.content_type;
  response.body.assign(answer.body != nullptr ? answer.body : "", answer.body_size);
  return response;
}

Response PluginEndpoint::failed(const std::string& why, const Request& request) const {
  logError("plugin " + plugin_, std::string("its endpoint ") + endpoint_->path + " " + why +
                                    " (request " + request.requestId + ")");
  return customAnswer(500, "the plugin " + plugin_ + " failed");
}

} // namespace sightline::http
