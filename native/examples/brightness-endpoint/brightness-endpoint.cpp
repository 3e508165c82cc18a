// POST /api/v1/custom/brightness {"stream": {"stream_id": "0", "brightness": 40}}
// Explained in docs/custom-endpoints.md.
#include "brightness-element.h"

#include <sightline/endpoint-plugin.h>

#include <json/reader.h>
#include <json/value.h>

#include <charconv>
#include <memory>
#include <string>

namespace {

struct BrightnessRequest {
  int sourceId = 0;
  int brightness = 0;
};

// Null when it is no JSON; jsoncpp throws when it is nested too deeply.
Json::Value readJson(const SightlineRequest& asked) {
  Json::Value root;
  const std::unique_ptr<Json::CharReader> reader(Json::CharReaderBuilder().newCharReader());
  try {
    const bool isJson = reader->parse(asked.body, asked.body + asked.body_size, &root, nullptr);
    return isJson ? root : Json::Value();
  } catch (const Json::Exception&) {
    return {};
  }
}

// DeepStream's clients send it as a string.
bool readSourceId(const Json::Value& value, int& sourceId) {
  if (value.type() == Json::intValue && value.isInt()) {
    sourceId = value.asInt();
    return true;
  }
  const std::string text = value.isString() ? value.asString() : "";
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, sourceId);
  return error == std::errc() && stop == end;
}

// An empty text when all is well.
std::string read(const Json::Value& root, BrightnessRequest& request) {
  const Json::Value stream = root.isObject() ? root["stream"] : Json::Value();
  if (!stream.isObject() || !readSourceId(stream["stream_id"], request.sourceId)) {
    return "BRIGHTNESS_UPDATE_FAIL, stream_id value not parsed correctly";
  }
  const Json::Value& brightness = stream["brightness"];
  if (brightness.type() != Json::intValue || !brightness.isInt() || brightness.asInt() < -255 ||
      brightness.asInt() > 255) {
    return "BRIGHTNESS_UPDATE_FAIL, brightness value not parsed correctly, Range: -255 to 255";
  }
  request.brightness = brightness.asInt();
  return "";
}

// The parser.
void* parse(const SightlineRequest* asked, char** error) {
  auto request = std::make_unique<BrightnessRequest>();
  const std::string mistake = read(readJson(*asked), *request);
  if (!mistake.empty()) {
    *error = g_strdup(mistake.c_str());
    return nullptr;
  }
  return request.release();
}

void release(void* parsed) {
  delete static_cast<BrightnessRequest*>(parsed);
}

const char* reasonFor(SightlineEventResult result) {
  switch (result) {
  case SIGHTLINE_EVENT_QUEUED:
    return "BRIGHTNESS_UPDATE_SUCCESS";
  case SIGHTLINE_EVENT_UNKNOWN_STREAM:
    return "BRIGHTNESS_UPDATE_FAIL, Unable to find stream id for brightness updation";
  case SIGHTLINE_EVENT_NOT_PUSHED:
  case SIGHTLINE_EVENT_UNSUPPORTED:
    break;
  }
  return "BRIGHTNESS_UPDATE_FAIL, example-brightness-update event not pushed";
}

// The callback.
void handle(const SightlineHost* host, const SightlineRequest*, void* parsed,
            SightlineAnswer* answer) {
  const auto* request = static_cast<const BrightnessRequest*>(parsed);
  // The custom event.
  GstStructure* event =
      gst_structure_new(brightnessEvent, brightnessField, G_TYPE_INT, request->brightness, nullptr);
  const SightlineEventResult result =
      host->send_event(host, request->sourceId, event, SIGHTLINE_EVENT_HELD);
  gst_structure_free(event);
  answer->status = result == SIGHTLINE_EVENT_QUEUED ? 200 : 500;
  answer->reason = g_strdup(reasonFor(result));
}

constexpr SightlineEndpoint endpoints[] = {
    {"POST", "/api/v1/custom/brightness", parse, handle, release}};
constexpr const char* elements[] = {brightnessElement};
constexpr SightlineEndpointPlugin plugin = {
    SIGHTLINE_ENDPOINT_PLUGIN_ABI, "brightness", endpoints, 1, elements, 1};

} // namespace

const SightlineEndpointPlugin* sightline_endpoint_plugin() {
  return registerBrightnessElement() ? &plugin : nullptr;
}
